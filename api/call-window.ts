import type { Clock } from '../domain/engine/clock.js';

/** Counts calls in windows of one length, which begin for all callers at once. */
export class CallWindow {
  readonly #counts = new Map<string, number>();
  #ends = Number.NEGATIVE_INFINITY;

  /** `lengthMs`: milliseconds. */
  constructor(
    private readonly lengthMs: number,
    private readonly clock: Pick<Clock, 'elapsed'>,
  ) {}

  /** Counts one more call; answers how many there are of this caller in the window. */
  count(key: string): number {
    const count = this.countOf(key) + 1;
    this.#counts.set(key, count);
    return count;
  }

  /** How many calls of this caller are in the window. */
  countOf(key: string): number {
    const now = this.clock.elapsed();
    if (now >= this.#ends) {
      this.#counts.clear();
      this.#ends = now + this.lengthMs;
    }
    return this.#counts.get(key) ?? 0;
  }

  /** Until the window ends, at least 1. */
  get secondsLeft(): number {
    return Math.max(1, Math.ceil((this.#ends - this.clock.elapsed()) / 1_000));
  }
}
