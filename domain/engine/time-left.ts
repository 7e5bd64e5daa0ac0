/** The remaining time of work, as a range, because counts and rates are estimates. Rates are records a second. */

export interface Seconds {
  readonly from: number;
  readonly to: number;
}

export interface Remaining {
  /** The lower bound. */
  readonly low: number;
  /** The upper bound; null while unknown. */
  readonly high: number | null;
}

export interface Rates {
  /** Of the last minute. */
  readonly recent: number;
  /** Since the work began. */
  readonly average: number;
}

/**
 * From the smallest remaining count at the higher of both rates to the largest at the lower. Null while nothing moves, and while the remaining
 * count is unknown. At least a second, because unfinished work is never shown as done.
 */
export function timeLeft({ low, high }: Remaining, { recent, average }: Rates): Seconds | null {
  if (high === null || recent <= 0) return null;
  const rates = average > 0 ? [recent, average] : [recent];
  const from = Math.max(1, Math.ceil(Math.max(0, low) / Math.max(...rates)));
  return { from, to: Math.max(from, Math.ceil(Math.max(0, high) / Math.min(...rates))) };
}

/** When the last of several is done. Null if that is unknown of one of them, or there is none. */
export function lastOf(all: readonly (Seconds | null)[]): Seconds | null {
  const known = all.filter((each) => each !== null);
  if (known.length === 0 || known.length < all.length) return null;
  return { from: Math.max(...known.map(({ from }) => from)), to: Math.max(...known.map(({ to }) => to)) };
}

/** The estimated total of unfinished work: always more than the finished part, however wrong the estimate was. */
export function plannedOf(planned: number, done: number, isFinished: boolean): number {
  return isFinished ? Math.max(planned, done) : Math.max(planned, done + 1);
}
