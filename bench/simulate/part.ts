import { median, whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import { DAY } from './accounts.js';
import { simulate, type SimulatedDay } from './day.js';
import { largeDayRows } from './large-day.js';
import { POLICIES, type Policy } from './policies.js';
import { fewestProcesses, LIMITS_SECONDS, small, waits, waitsRow } from './waits.js';

/** The orders differ most with the fewest worker processes that can handle the day. */
const PROCESSES = 1;
const SHORT_LANE_SECONDS = 30;
/** An account is a giant by its messages. */
const GIANT = 1_000_000;

/**
 * Simulates a day of 10,000 accounts from measured service times, under several orders of the task queue, and one of 100,000 accounts under the best of
 * them. It measures nothing and needs no servers.
 */
export const simulatePart: Part = {
  name: 'simulate',
  async run() {
    const rows = POLICIES.flatMap((policy) => {
      console.error(`  ${policy.name}`);
      return rowsOf(policy, simulate(DAY, { processes: PROCESSES, policy }));
    });
    const policy = POLICIES.at(-1)!;
    const short = simulate(DAY, { processes: PROCESSES, policy, laneSeconds: SHORT_LANE_SECONDS });
    const what = `${policy.name}, lanes of ${SHORT_LANE_SECONDS} s instead of 120: users of small accounts`;
    console.error(`  5 billion messages`);
    return [...rows, waitsRow(what, small(short)), ...largeDayRows(policy)];
  },
};

function rowsOf(policy: Policy, day: SimulatedDay): Row[] {
  const { name } = policy;
  const giants = waits(day, ({ messages }) => messages >= GIANT);
  const unawaited = waits(day, ({ polled }) => !polled);
  const lastAt = Math.max(...day.outcomes.map(({ doneAt }) => doneAt));
  const longest = Math.max(...day.outcomes.map(({ account, doneAt }) => doneAt - account.startsAt));
  return [
    { ...waitsRow(`${name}: users of small accounts`, small(day)), note: processesFor(policy) },
    waitsRow(`${name}: users of giants`, giants),
    waitsRow(`${name}: listed accounts that nobody polls`, unawaited),
    {
      what: `${name}: imports that wait for a slot`,
      measured: `median ${median(day.waitingImports)}, most ${whole(Math.max(...day.waitingImports))}`,
      note: [
        `calls at most ${whole(Math.max(...day.waitingCalls))}`,
        `all of the day is done at ${timeOfDay(lastAt)}`,
        `the slowest account ${timeOfDay(longest)} h after its start`,
      ].join('; '),
    },
  ];
}

function processesFor(policy: Policy): string {
  let processes = 1;
  const found = LIMITS_SECONDS.map((limit) => {
    processes = fewestProcesses(limit, processes, (count) =>
      small(simulate(DAY, { processes: count, policy })),
    );
    return `under ${limit} s with ${processes}`;
  });
  return `with ${PROCESSES} worker process; p99 ${found.join(', ')}`;
}

/** `26:10`: ten past two on the next day. */
function timeOfDay(value: number): string {
  const minutes = Math.floor(value / 60);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
