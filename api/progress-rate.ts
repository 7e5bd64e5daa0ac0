import type { Clock } from '../domain/engine/clock.js';
import { LRUCache } from 'lru-cache';

interface Sample {
  readonly at: number;
  readonly done: number;
}

const SHORTEST_MS = 1_000;
/** An observation older than this says nothing about the current rate. */
const LONGEST_MS = 60_000;

/**
 * Measures how fast counts grow: between this observation and one 1 to 60 s ago if there was one, else since the beginning.
 */
export class ProgressRate {
  readonly #samples = new LRUCache<string, Sample>({ max: 5_000 });

  constructor(private readonly clock: Pick<Clock, 'now'>) {}

  /** Per second; null if it does not grow. */
  perSecond(key: string, done: number, beganAt: number): number | null {
    const now = this.clock.now();
    const earlier = this.#look(key, done, now);
    const from = earlier && now - earlier.at >= SHORTEST_MS ? earlier : { at: beganAt, done: 0 };
    return perSecond(done - from.done, Math.max(SHORTEST_MS, now - from.at));
  }

  /** Per second, for a count whose beginning is unknown; null until there was an earlier observation. */
  sinceEarlierLook(key: string, done: number): number | null {
    const now = this.clock.now();
    const earlier = this.#look(key, done, now);
    if (!earlier || now - earlier.at < SHORTEST_MS) return null;
    return perSecond(done - earlier.done, now - earlier.at);
  }

  /** The earlier observation to measure against; observations in quick succession share one. */
  #look(key: string, done: number, now: number): Sample | undefined {
    const known = this.#samples.get(key);
    const earlier = known && now - known.at <= LONGEST_MS && known.done <= done ? known : undefined;
    if (!earlier || now - earlier.at >= 5 * SHORTEST_MS) this.#samples.set(key, { at: now, done });
    return earlier;
  }
}

/** Rounded to a tenth; null if that is 0, because the time left is divided by it. */
function perSecond(grown: number, ms: number): number | null {
  const rate = Math.round((grown * 10_000) / ms) / 10;
  return rate > 0 ? rate : null;
}
