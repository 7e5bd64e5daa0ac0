import type { Clock } from '../domain/engine/clock.js';
import { LRUCache } from 'lru-cache';

interface Sample {
  readonly at: number;
  readonly done: number;
}

const SHORTEST_MS = 1_000;
/** Older than this, an earlier look says nothing about now. */
const LONGEST_MS = 60_000;

/**
 * How fast something grows, from what was seen of it: between this look and one 1 to 60 s ago where there was one, else since
 * it began.
 */
export class ProgressRate {
  readonly #samples = new LRUCache<string, Sample>({ max: 5_000 });

  constructor(private readonly clock: Pick<Clock, 'now'>) {}

  /** Per second; null when it does not grow. */
  perSecond(key: string, done: number, beganAt: number): number | null {
    const now = this.clock.now();
    const earlier = this.#look(key, done, now);
    const from = earlier && now - earlier.at >= SHORTEST_MS ? earlier : { at: beganAt, done: 0 };
    return perSecond(done - from.done, Math.max(SHORTEST_MS, now - from.at));
  }

  /** The same of what nobody knows the beginning of: null until there was an earlier look. */
  sinceEarlierLook(key: string, done: number): number | null {
    const now = this.clock.now();
    const earlier = this.#look(key, done, now);
    if (!earlier || now - earlier.at < SHORTEST_MS) return null;
    return perSecond(done - earlier.done, now - earlier.at);
  }

  /** The look to measure against. Looks that come fast after each other are all measured against the same one. */
  #look(key: string, done: number, now: number): Sample | undefined {
    const known = this.#samples.get(key);
    const earlier = known && now - known.at <= LONGEST_MS && known.done <= done ? known : undefined;
    if (!earlier || now - earlier.at >= 5 * SHORTEST_MS) this.#samples.set(key, { at: now, done });
    return earlier;
  }
}

/** To a tenth; what would round to none is null, since time left is what is left divided by it. */
function perSecond(grown: number, ms: number): number | null {
  const rate = Math.round((grown * 10_000) / ms) / 10;
  return rate > 0 ? rate : null;
}
