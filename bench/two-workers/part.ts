import { median, spread, whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import { endChild, messageOf, startScript } from '../world/child.js';
import { fillSource } from '../world/fill.js';
import { migrate } from '../world/migration.js';
import type { Measured } from '../world/migration.js';
import type { Shape } from '../world/source.js';
import { sharedStack } from '../world/stack.js';
import type { FarAway } from './far-away.js';

/** Large enough for several lanes. */
const SHAPE: Shape = {
  name: 'two-workers',
  messages: Number(process.env['BENCH_MESSAGES'] ?? 450_000),
};
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 2);
const DELAY_MS = 20;
/** The cores of each worker process: so few that, with two of them, source, store and bench have what they need of the two cores of this machine. */
const CORES = 0.15;

/**
 * Migrates one large brand with one worker process and with two, from a DynamoDB with 20 ms more latency. Each worker has a small part of a core, as
 * if it ran on a small machine.
 */
export const twoWorkersPart: Part = {
  name: 'two-workers',
  async run() {
    const { env } = await sharedStack();
    await fillSource(env, SHAPE);
    const argument: FarAway = { target: env.DYNAMODB_ENDPOINT, delayMs: DELAY_MS };
    const farAway = startScript(new URL('far-away.js', import.meta.url), argument);
    try {
      const far = { ...env, DYNAMODB_ENDPOINT: await messageOf<string>(farAway) };
      const [one, two]: [Measured[], Measured[]] = [[], []];
      for (let round = 1; round <= ROUNDS; round += 1) {
        one.push(await measured(1));
        two.push(await measured(2));
      }
      return rowsOf(one, two);

      async function measured(workers: number): Promise<Measured> {
        const run = await migrate(far, SHAPE, { workers, coresOfWorker: CORES });
        console.error(`  ${workers} at work: ${run.seconds.toFixed(2)} s; CPU ${JSON.stringify(run.cpu)}`);
        return run;
      }
    } finally {
      await endChild(farAway);
    }
  },
};

function rowsOf(one: readonly Measured[], two: readonly Measured[]): Row[] {
  const rate = (runs: readonly Measured[]) =>
    `${whole(SHAPE.messages / median(runs.map(({ seconds }) => seconds)))} messages/s`;
  const shares = (run: Measured | undefined) =>
    Object.entries(run?.cpu ?? {})
      .filter(([name]) => name.startsWith('worker'))
      .map(([name, seconds]) => `${name} ${seconds.toFixed(1)}`)
      .join(', ');
  const each = two.every(({ confined }) => confined) ? `${CORES} cores each` : 'not confined';
  const of = `a brand of ${whole(SHAPE.messages)} messages, ${DELAY_MS} ms to the source and back, ${each}`;
  return [
    { what: `one worker process, ${of}`, measured: rate(one), note: `CPU seconds: ${shares(one[0])}` },
    {
      what: `two worker processes, ${of}`,
      measured: rate(two),
      ratio: spread(one.map(({ seconds }, round) => seconds / (two[round]?.seconds ?? Number.NaN))),
      wanted: '≥ 1.8',
      note: `CPU seconds: ${shares(two[0])}; every message is there once`,
    },
  ];
}
