import { whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import { fillSource } from '../world/fill.js';
import { migrate } from '../world/migration.js';
import type { Measured } from '../world/migration.js';
import { messageItems, threadItems } from '../world/source.js';
import type { Shape } from '../world/source.js';
import { sharedStack } from '../world/stack.js';

/** Divides the numbers of messages, for trial runs. */
const SCALE = Number(process.env['BENCH_SCALE'] ?? 1);

/** The others are compared with the first, by bytes a second. */
const SHAPES: readonly (Shape & { readonly what: string })[] = [
  { name: 'forty', what: 'threads of 40', messages: 100_000, perThread: 40 },
  { name: 'single', what: 'threads of 1', messages: 100_000, perThread: 1 },
  { name: 'giant', what: 'threads of 50,000', messages: 100_000, perThread: 50_000 },
  { name: 'tiny', what: 'bodies of 10 B', messages: 100_000, perThread: 40, bodyBytes: 10 },
  { name: 'huge', what: 'bodies of 100 KB', messages: 2_000, perThread: 40, bodyBytes: 100_000 },
  { name: 'files', what: '3 attachments each', messages: 50_000, perThread: 40, attachments: 3 },
];

const WARMING_UP: Shape = { name: 'warm', messages: Math.ceil(100_000 / SCALE), perThread: 40 };

/** Measures brands of other shapes, in bytes of their records as DynamoDB encodes them. */
export const shapesPart: Part = {
  name: 'shapes',
  async run() {
    const { env } = await sharedStack();
    const rows: Row[] = [];
    let first: number | undefined;
    // The servers' first run compiles and caches for all that come after it.
    await fillSource(env, WARMING_UP);
    await migrate(env, WARMING_UP);
    for (const { what, ...whole } of SHAPES) {
      const shape = scaled(whole);
      await fillSource(env, shape);
      const run = await migrate(env, shape);
      const perSecond = bytesOf(shape) / run.seconds;
      first ??= perSecond;
      console.error(`  ${what}: ${run.seconds.toFixed(2)} s, ${run.memory.toFixed(0)} MB`);
      rows.push(rowOf(what, shape, run, perSecond, perSecond / first));
    }
    return rows;
  },
};

function scaled(shape: Shape): Shape {
  const messages = Math.ceil(shape.messages / SCALE);
  return { ...shape, messages, perThread: Math.min(shape.perThread, messages) };
}

function rowOf(what: string, shape: Shape, run: Measured, perSecond: number, ratio: number): Row {
  return {
    what: `${what}, ${whole(shape.messages)} messages`,
    measured: `${(perSecond / 1e6).toFixed(2)} MB/s, ${whole(shape.messages / run.seconds)} messages/s`,
    ratio: ratio.toFixed(2),
    wanted: '≥ 0.33 per byte',
    note: `worker's peak ${whole(run.memory)} MB`,
  };
}

/** The bytes of all messages and threads. */
function bytesOf(shape: Shape): number {
  const threads = Math.ceil(shape.messages / shape.perThread);
  return meanBytes(messageItems(shape)) * shape.messages + meanBytes(threadItems(shape)) * threads;
}

/** The mean size of a sample, which stands for all: records of a shape are much alike. */
function meanBytes(items: Iterable<unknown>): number {
  let [bytes, count] = [0, 0];
  for (const item of items) {
    bytes += Buffer.byteLength(JSON.stringify(item));
    count += 1;
    if (count === 200) break;
  }
  return bytes / count;
}
