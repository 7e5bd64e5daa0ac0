import { median, spread, whole } from '../frame/numbers.js';
import type { Part } from '../frame/part.js';
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
      const [small = [], large = []] = found;
      const ratios = large.map(({ perMessage }, n) => perMessage / (small[n]?.perMessage ?? perMessage));
      return [small, large].map((each, n) => ({
        what: `Carryover: ${whole(each[0]?.messages ?? 0)} messages`,
        measured: `${(1_000 * median(each.map(({ perMessage }) => perMessage))).toFixed(3)} ms a message`,
        ...(n === 1 && { ratio: spread(ratios), wanted: '≤ 1.15' }),
        note: `longest lock ${whole(Math.max(...each.map(({ longestLockMs }) => longestLockMs)))} ms; most memory of the process ${whole(process.resourceUsage().maxRSS / 1_000)} MB`,
      }));
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
