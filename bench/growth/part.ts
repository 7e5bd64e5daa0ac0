import { spread, whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import { cpuNote, say } from '../frame/usage.js';
import { accountOf } from '../world/source.js';
import { fillSource } from '../world/fill.js';
import { migrate } from '../world/migration.js';
import type { Migrated } from '../world/migration.js';
import type { Shape } from '../world/source.js';
import { sharedStack } from '../world/stack.js';
import { verify } from './verify.js';
import type { Verified } from './verify.js';

const MESSAGES = Number(process.env['BENCH_MESSAGES'] ?? 1_000_000);
const LARGE: Shape = { name: 'large', messages: MESSAGES };
const SMALL: Shape = { name: 'small', messages: Math.ceil(MESSAGES / 10) };

/** Checks that ten times as many messages take ten times as long, no more memory and few more Temporal actions; then verifies the large brand. */
export const growthPart: Part = {
  name: 'growth',
  async run() {
    const { env } = await sharedStack();
    const measured = async (shape: Shape) => say(whole(shape.messages), await migrate(env, shape));
    await fillSource(env, SMALL);
    // The first run warms the servers up for the following ones.
    await measured(SMALL);
    const small = await measured(SMALL);
    await fillSource(env, LARGE);
    const verified: Verified[] = [];
    const large = await migrate(env, LARGE, {
      afterwards: async (carryover, small) => {
        verified.push(await verify(carryover, accountOf(LARGE), small));
      },
    });
    say(whole(LARGE.messages), large);
    const again = await measured(SMALL);
    return [...growthRows([small, again], large), ...verified.flatMap((run) => verificationRows(run, large))];
  },
};

function growthRows(small: readonly Migrated[], large: Migrated): Row[] {
  const perMessage = ({ seconds }: Migrated, { messages }: Shape) => (seconds / messages) * 1e6;
  const [many, few] = [whole(LARGE.messages), whole(SMALL.messages)];
  const times = small.map((run) => perMessage(run, SMALL));
  const peak = Math.max(...small.map(({ memory }) => memory));
  return [
    { what: `time for a message, of ${few}`, measured: `${spread(times, 0)} µs` },
    {
      what: `time for a message, of ${many}`,
      measured: `${perMessage(large, LARGE).toFixed(0)} µs`,
      ratio: spread(times.map((time) => perMessage(large, LARGE) / time)),
      wanted: '≤ 1.15',
      note: cpuNote([large]),
    },
    {
      what: 'peak memory of the worker, the process alone',
      measured: `${whole(peak)} MB, with ${many} messages ${whole(large.memory)} MB`,
      ratio: (large.memory / peak).toFixed(2),
      wanted: '≤ 220 MB, no growth',
    },
    {
      what: `Temporal actions of one brand of ${many} messages`,
      measured: String(large.actions),
      wanted: '≤ 40',
      note: `${small[0]?.actions ?? 0} of ${few} messages`,
    },
  ];
}

function verificationRows(verified: Verified, imported: Migrated): Row[] {
  const { seconds, idle, peak } = verified;
  return [
    {
      what: `verification of ${whole(LARGE.messages)} messages, by the time of their import`,
      measured: `${whole(LARGE.messages / seconds)} messages/s`,
      ratio: (seconds / imported.seconds).toFixed(2),
      wanted: '≤ 0.50',
      note: `${seconds.toFixed(1)} s; the import took ${imported.seconds.toFixed(1)} s; ${cpuNote([verified])}`,
    },
    {
      what: 'memory of its worker above that of an idle one, the process alone',
      measured: `${whole(peak - idle)} MB`,
      wanted: '< 60 MB',
      note: `${whole(idle)} MB idle, ${whole(peak)} MB at most`,
    },
  ];
}
