/** The recent rate of each phase of each brand, from observations of the last `windowMs`. */
export class PhaseRates {
  readonly #observed = new Map<string, Observation[]>();

  constructor(private readonly windowMs = 15_000) {}

  /** @param atMs milliseconds of a monotonic clock. */
  observe(phase: string, done: number, atMs: number): void {
    const observations = this.#observed.get(phase) ?? [];
    // After a reset, counting starts over.
    if (done < (observations.at(-1)?.done ?? 0)) observations.length = 0;
    observations.push({ done, atMs });
    // The last one before the window stays, so that observations far apart give a rate too.
    while (observations.length > 2 && (observations[1]?.atMs ?? atMs) < atMs - this.windowMs)
      observations.shift();
    this.#observed.set(phase, observations);
  }

  /** Null until two observations are at least a second apart, and while nothing moves. */
  perSecond(phase: string): number | null {
    const observations = this.#observed.get(phase) ?? [];
    const [first, last] = [observations[0], observations.at(-1)];
    if (!first || !last || last.atMs - first.atMs < 1_000 || last.done === first.done) return null;
    return ((last.done - first.done) * 1_000) / (last.atMs - first.atMs);
  }
}

interface Observation {
  readonly done: number;
  readonly atMs: number;
}
