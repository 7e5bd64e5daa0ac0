import { spread, whole } from '../frame/numbers.js';
import type { Part } from '../frame/part.js';
import { fillSource } from '../world/fill.js';
import { migrate } from '../world/migration.js';
import type { Measured } from '../world/migration.js';
import type { Shape } from '../world/source.js';
import { sharedStack } from '../world/stack.js';

/** Divides the numbers of messages, for trial runs. */
const SCALE = Number(process.env['BENCH_SCALE'] ?? 1);
const SMALL: Shape = { name: 'small', messages: Math.ceil(100_000 / SCALE) };
const LARGE: Shape = { name: 'large', messages: Math.ceil(1_000_000 / SCALE) };

/** Checks that ten times as many messages take ten times as long and no more memory. */
export const growthPart: Part = {
  name: 'growth',
  async run() {
    const { env } = await sharedStack();
    await fillSource(env, SMALL);
    // The first run warms the servers up for the following ones.
    await migrate(env, SMALL);
    const small = await measured(SMALL);
    await fillSource(env, LARGE);
    const large = await measured(LARGE);
    const again = await measured(SMALL);
    const perMessage = (run: Measured, { messages }: Shape) => (run.seconds / messages) * 1e6;
    const ratios = [small, again].map((run) => perMessage(large, LARGE) / perMessage(run, SMALL));
    return [
      {
        what: `time for a message, of ${whole(SMALL.messages)}`,
        measured: `${spread(
          [small, again].map((run) => perMessage(run, SMALL)),
          0,
        )} µs`,
      },
      {
        what: `time for a message, of ${whole(LARGE.messages)}`,
        measured: `${perMessage(large, LARGE).toFixed(0)} µs`,
        ratio: spread(ratios),
        wanted: '≤ 1.15',
      },
      {
        what: "the worker's peak memory",
        measured: `${whole(small.memory)} MB, with ${whole(LARGE.messages)} messages ${whole(large.memory)} MB`,
        ratio: (large.memory / small.memory).toFixed(2),
        wanted: '< 300 MB, no growth',
      },
    ];

    async function measured(shape: Shape): Promise<Measured> {
      const run = await migrate(env, shape);
      console.error(
        `  ${whole(shape.messages)} messages: ${run.seconds.toFixed(2)} s, ${whole(run.memory)} MB`,
      );
      return run;
    }
  },
};
