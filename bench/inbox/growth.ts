import { median, spread, whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import { memoryNow, peakMemory } from '../world/cpu.js';
import { shippedMove } from './shipped.js';
import { ours } from './ways.js';
import { type BenchInboxes, benchInboxes } from './world.js';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 2);
const CONTACTS = Number(process.env['BENCH_CONTACTS'] ?? 6_600);
const TIMES = 5;
const MESSAGES = 20;

interface Measured {
  readonly messages: number;
  readonly perMessage: number;
  readonly longestLockMs: number;
}

/** Moves an inbox of about 200,000 messages and one of five times as many, in turn: a message must not take longer in the large one. */
export const inboxGrowthPart: Part = {
  name: 'inbox-growth',
  onlyWhenNamed: true,
  async run() {
    const sizes = [
      await benchInboxes(CONTACTS, MESSAGES),
      await benchInboxes(TIMES * CONTACTS, MESSAGES),
    ] as const;
    try {
      const found: Measured[][] = [[], []];
      for (let round = 0; round < ROUNDS; round += 1)
        for (const [n, inboxes] of sizes.entries()) found[n]?.push(await measure(inboxes));
      const shipped = await ofShipped(sizes[1]);
      const [small = [], large = []] = found;
      const ratios = large.map(({ perMessage }, n) => perMessage / (small[n]?.perMessage ?? perMessage));
      const rows = [small, large].map((each, n) => ({
        what: `Carryover: ${whole(each[0]?.messages ?? 0)} messages`,
        measured: `${(1_000 * median(each.map(({ perMessage }) => perMessage))).toFixed(3)} ms a message`,
        ...(n === 1 && { ratio: spread(ratios), wanted: '≤ 1.15' }),
        note: `longest lock ${whole(Math.max(...each.map(({ longestLockMs }) => longestLockMs)))} ms`,
      }));
      return [...rows, shipped];
    } finally {
      for (const inboxes of sizes) await inboxes.drop();
    }
  },
};

async function measure(inboxes: BenchInboxes): Promise<Measured> {
  const database = await inboxes.copy();
  try {
    const { seconds, longestLockMs } = await ours(database);
    return { messages: database.messages, perMessage: seconds / database.messages, longestLockMs };
  } finally {
    await database.drop();
  }
}

/** The memory of a worker that does nothing but move the large inbox. */
async function ofShipped(inboxes: BenchInboxes): Promise<Row> {
  const database = await inboxes.copy();
  const move = await shippedMove(database);
  try {
    const begun = performance.now();
    const atFirst = memoryNow(move.workerPid);
    await move.start();
    await move.ended();
    return {
      what: `a shipped worker, ${whole(database.messages)} messages: its peak memory`,
      measured: `${whole(peakMemory(move.workerPid))} MB`,
      wanted: '< 200 MB',
      note: `${whole(atFirst)} MB before; ${whole((performance.now() - begun) / 1_000)} s from the request to the end`,
    };
  } finally {
    await move.stop();
    await database.drop();
  }
}
