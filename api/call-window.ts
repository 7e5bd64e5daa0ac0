/** Counts calls in windows of one length, which begin for all callers at once. */
export class CallWindow {
  readonly #counts = new Map<string, number>();
  #ends = 0;

  /** `lengthMs`: milliseconds. */
  constructor(private readonly lengthMs: number) {}

  /** Counts one more call; answers how many there are of this caller in the window. */
  count(key: string): number {
    const now = Date.now();
    if (now >= this.#ends) {
      this.#counts.clear();
      this.#ends = now + this.lengthMs;
    }
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }
}
