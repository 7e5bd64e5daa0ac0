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

interface Measurable {
  readonly shape: Shape;
  readonly what: string;
  /** The least ratio. */
  readonly wanted?: number;
}

/** Of the first shape's bytes a second. */
const LEAST = 0.33;

/** The others are compared with the first, by bytes a second. */
const SHAPES: readonly Measurable[] = [
  { shape: { name: 'mixed', messages: 100_000 }, what: 'messages as they are' },
  { shape: { name: 'forty', messages: 100_000, perThread: 40 }, what: 'even threads of 40' },
  { shape: { name: 'single', messages: 100_000, perThread: 1 }, what: 'threads of 1', wanted: 0.6 },
  { shape: { name: 'giant', messages: 100_000, perThread: 50_000 }, what: 'threads of 50,000' },
  { shape: { name: 'tiny', messages: 100_000, perThread: 40, bodyBytes: 10 }, what: 'bodies of 10 B' },
  { shape: { name: 'huge', messages: 2_000, perThread: 40, bodyBytes: 100_000 }, what: 'bodies of 100 KB' },
  { shape: { name: 'files', messages: 50_000, perThread: 40, attachments: 3 }, what: '3 attachments each' },
];

const WARMING_UP: Shape = { name: 'warm', messages: Math.ceil(100_000 / SCALE) };

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
    for (const measurable of SHAPES) {
      const shape = scaled(measurable.shape);
      await fillSource(env, shape);
      const run = await migrate(env, shape);
      const perSecond = bytesOf(shape) / run.seconds;
      first ??= perSecond;
      console.error(`  ${measurable.what}: ${run.seconds.toFixed(2)} s, ${run.memory.toFixed(0)} MB`);
      rows.push(rowOf({ ...measurable, shape }, run, perSecond, perSecond / first));
    }
    return rows;
  },
};

function scaled(shape: Shape): Shape {
  const messages = Math.ceil(shape.messages / SCALE);
  if (!('perThread' in shape)) return { ...shape, messages };
  return { ...shape, messages, perThread: Math.min(shape.perThread, messages) };
}

function rowOf(
  { what, shape, wanted = LEAST }: Measurable,
  run: Measured,
  perSecond: number,
  ratio: number,
): Row {
  return {
    what: `${what}, ${whole(shape.messages)} messages`,
    measured: `${(perSecond / 1e6).toFixed(2)} MB/s, ${whole(shape.messages / run.seconds)} messages/s`,
    ratio: ratio.toFixed(2),
    wanted: `≥ ${wanted} per byte`,
    note: `worker's peak ${whole(run.memory)} MB`,
  };
}

/** The bytes of all messages and threads. */
function bytesOf(shape: Shape): number {
  let bytes = 0;
  for (const items of [threadItems(shape), messageItems(shape)])
    for (const item of items) bytes += Buffer.byteLength(JSON.stringify(item));
  return bytes;
}
