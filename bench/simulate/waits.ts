import { whole } from '../frame/numbers.js';
import type { Row } from '../frame/part.js';
import type { SimulatedAccount } from './accounts.js';
import type { SimulatedDay } from './day.js';

/** Limits for the p99 wait of users of small accounts; the part finds how many processes each takes. */
export const LIMITS_SECONDS = [180, 10] as const;

/** An account is small by its messages. */
const SMALL = 10_000;

/** The waits of those who have the app of a small account open. */
export function small(day: SimulatedDay): readonly number[] {
  return waits(day, ({ messages, polled }) => polled && messages < SMALL);
}

/** Seconds from each start to the recent messages, ascending. */
export function waits(
  { outcomes }: SimulatedDay,
  isMeant: (account: SimulatedAccount) => boolean,
): readonly number[] {
  return outcomes
    .filter(({ account }) => isMeant(account))
    .map(({ account, recentAt }) => recentAt - account.startsAt)
    .toSorted((a, b) => a - b);
}

export function waitsRow(what: string, sorted: readonly number[]): Row {
  const at = (share: number) => seconds(quantile(sorted, share));
  return {
    what: `${what} (${whole(sorted.length)})`,
    measured: `recent after ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, most ${at(1)}`,
  };
}

/** The smallest value that the given share of values does not exceed. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** The fewest worker processes, `from` or more, with which the p99 of their waits is under the limit. */
export function fewestProcesses(
  limitSeconds: number,
  from: number,
  waitsWith: (processes: number) => readonly number[],
): number {
  let processes = from;
  while (quantile(waitsWith(processes), 0.99) >= limitSeconds) processes += 1;
  return processes;
}

function seconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : whole(value)} s`;
}
