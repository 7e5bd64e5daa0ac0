import { whole } from '../frame/numbers.js';
import type { Row } from '../frame/part.js';
import { LARGE_DAY } from './accounts.js';
import { simulate } from './day.js';
import type { Policy } from './policies.js';
import { totalsOf, type Totals } from './totals.js';
import { fewestProcesses, LIMITS_SECONDS, small, waitsRow } from './waits.js';
import { MEASURED } from './world.js';

const HOUR = 3_600;
/** At most, of a worker and of an API process: docs/scale.md. */
const CONNECTIONS = { worker: 30, api: 16 };
const API_PROCESSES = 4;
/** The prices of docs/cost.md, with fairness. */
const DOLLARS = { millionActions: 50 * 1.1, millionReadUnits: 0.125 };

/** What a day of 5 billion messages takes: simulated waits, and sums from the formulas of docs/scale.md and docs/cost.md. */
export function largeDayRows(policy: Policy): Row[] {
  const totals = totalsOf(LARGE_DAY);
  const name = `${whole(LARGE_DAY.accounts)} accounts, ${billions(totals.messages)} messages in a day`;
  const needed = Math.ceil(totals.busiestHour / (HOUR * MEASURED.messagesPerSecond));
  const waitsWith = (processes: number) => small(simulate(LARGE_DAY, { processes, policy }));
  const fewest = waitsWith(needed);
  const limit = Math.min(...LIMITS_SECONDS);
  const enough = fewestProcesses(limit, needed, (count) => (count === needed ? fewest : waitsWith(count)));
  const say = (what: string) => `${name}: ${what}`;
  return [
    {
      ...waitsRow(say('users of small accounts'), fewest),
      note: `with ${needed} worker processes; p99 under ${limit} s with ${enough}`,
    },
    storeRow(say('the store'), totals),
    {
      what: say('connections to the store'),
      measured: whole(enough * CONNECTIONS.worker + API_PROCESSES * CONNECTIONS.api),
      note: `at most, of ${enough} worker and ${API_PROCESSES} API processes`,
    },
    {
      what: say('Temporal actions, at most'),
      measured: `${(totals.actions / 1e6).toFixed(2)} million, ${whole(totals.actions / 24 / HOUR)} a second on average`,
      note: `$${whole((totals.actions / 1e6) * DOLLARS.millionActions)} at the price of the first five million`,
    },
    {
      what: say('DynamoDB read units'),
      measured: `${whole(totals.readUnits / 1e6)} million`,
      note: `$${((totals.readUnits / 1e6) * DOLLARS.millionReadUnits).toFixed(0)}; in the busiest hour ${whole(((totals.readUnits / totals.messages) * totals.busiestHour) / HOUR)} a second`,
    },
  ];
}

function storeRow(what: string, { busiestHour, storeBytes, walBytes }: Totals): Row {
  const rows = busiestHour / HOUR;
  const stores = Math.ceil(rows / MEASURED.storeRowsPerSecond);
  return {
    what,
    measured: `grows by ${terabytes(storeBytes)}; ${terabytes(walBytes)} of write-ahead log`,
    note: `${whole(rows)} rows a second in the busiest hour: ${stores} stores of two cores, or one of ${2 * stores} cores`,
  };
}

function billions(count: number): string {
  return `${(count / 1e9).toFixed(1)} billion`;
}

function terabytes(bytes: number): string {
  return `${(bytes / 1e12).toFixed(1)} TB`;
}
