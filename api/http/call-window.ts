import type { Clock } from '../../domain/engine/clock.js';

/** Counts calls in windows of equal length, which begin for all callers at the same time. */
export class CallWindow {
  readonly #counts = new Map<string, number>();
  #ends = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly lengthMs: number,
    private readonly clock: Pick<Clock, 'elapsed'>,
  ) {}

  /** Counts a call, and returns the caller's number of calls in the window. */
  count(key: string): number {
    const count = this.countOf(key) + 1;
    this.#counts.set(key, count);
    return count;
  }

  /** The caller's number of calls in the window. */
  countOf(key: string): number {
    const now = this.clock.elapsed();
    if (now >= this.#ends) {
      this.#counts.clear();
      this.#ends = now + this.lengthMs;
    }
    return this.#counts.get(key) ?? 0;
  }

  /** Seconds until the window ends, at least 1. */
  get secondsLeft(): number {
    return Math.max(1, Math.ceil((this.#ends - this.clock.elapsed()) / 1_000));
  }
}
