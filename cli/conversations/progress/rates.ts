/** How fast the phases of a migration's brands go, from what was seen of them lately. */
export class PhaseRates {
  readonly #seen = new Map<string, Sight[]>();

  constructor(private readonly windowMs = 15_000) {}

  /** @param atMs of a clock that only grows. */
  observe(phase: string, done: number, atMs: number): void {
    const sights = this.#seen.get(phase) ?? [];
    // What was taken back (a reset) begins anew.
    if (done < (sights.at(-1)?.done ?? 0)) sights.length = 0;
    sights.push({ done, atMs });
    // The one before the window stays: between two sights that are far apart there is a rate as well.
    while (sights.length > 2 && (sights[1]?.atMs ?? atMs) < atMs - this.windowMs) sights.shift();
    this.#seen.set(phase, sights);
  }

  /** Null until two sights are at least a second apart, and while nothing moves. */
  perSecond(phase: string): number | null {
    const sights = this.#seen.get(phase) ?? [];
    const [first, last] = [sights[0], sights.at(-1)];
    if (!first || !last || last.atMs - first.atMs < 1_000 || last.done === first.done) return null;
    return ((last.done - first.done) * 1_000) / (last.atMs - first.atMs);
  }
}

interface Sight {
  readonly done: number;
  readonly atMs: number;
}
