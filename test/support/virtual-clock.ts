import type { Clock, SleepOptions, Stop } from '../../domain/engine/clock.js';
import { nextTurn } from './next-turn.js';

interface Timer {
  at: number;
  /** Orders timers that are due at the same moment. */
  readonly id: number;
  readonly everyMs: number | undefined;
  readonly task: () => void;
}

/** The limit of `runUntil`: more timers than any test needs, so that a condition that never holds does not run for ever. */
const MOST_TIMERS = 100_000;

/**
 * A clock that stands still until a test moves it. Timers fire in the order in which they are due. Between two of them, everything that the first one
 * started runs as far as it can without I/O.
 *
 * Work that does real I/O takes no virtual time: wait for its effect (`expect.poll`), or for its next timer (`pending`), then advance.
 */
export class VirtualClock implements Clock {
  readonly #timers = new Set<Timer>();
  #elapsed = 0;
  #lastId = 0;
  readonly #started: number;

  constructor(start = '2026-01-05T10:00:00.000Z') {
    this.#started = Date.parse(start);
  }

  now(): number {
    return this.#started + this.#elapsed;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  sleep(ms: number, { signal }: SleepOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        stop();
        reject(new DOMException('The operation was aborted', 'AbortError'));
      };
      const stop = this.after(ms, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  }

  after(ms: number, task: () => void): Stop {
    return this.#add(ms, task);
  }

  every(ms: number, task: () => void): Stop {
    return this.#add(ms, task, Math.max(1, ms));
  }

  /** Milliseconds until each pending timer fires, in ascending order. */
  get pending(): readonly number[] {
    return this.#inOrder().map(({ at }) => at - this.#elapsed);
  }

  /** Lets time pass, and fires what becomes due meanwhile. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await nextTurn();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) await this.#fire(next);
    this.#elapsed = end;
  }

  /** Moves from timer to timer until the condition holds; returns how much time passed. Throws if no timer is left. */
  async runUntil(condition: () => boolean | Promise<boolean>): Promise<number> {
    const began = this.#elapsed;
    await nextTurn();
    for (let fired = 0; !(await condition()); fired += 1) {
      const next = this.#next(Number.POSITIVE_INFINITY);
      if (next === undefined) throw new Error('No timer is pending, and the condition does not hold.');
      if (fired === MOST_TIMERS)
        throw new Error(`${MOST_TIMERS} timers fired, and the condition does not hold.`);
      await this.#fire(next);
    }
    return this.#elapsed - began;
  }

  /** Throws if a timer is pending, because something was not stopped. Call it at the end of a test. */
  assertIdle(): void {
    if (this.#timers.size > 0)
      throw new Error(`Timers were left behind, due in ${this.pending.join(', ')} ms.`);
  }

  #add(ms: number, task: () => void, everyMs?: number): Stop {
    const timer: Timer = { at: this.#elapsed + Math.max(0, ms), id: (this.#lastId += 1), everyMs, task };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  #inOrder(): Timer[] {
    return [...this.#timers].toSorted((a, b) => a.at - b.at || a.id - b.id);
  }

  #next(end: number): Timer | undefined {
    const [first] = this.#inOrder();
    return first !== undefined && first.at <= end ? first : undefined;
  }

  async #fire(timer: Timer): Promise<void> {
    this.#elapsed = Math.max(this.#elapsed, timer.at);
    if (timer.everyMs === undefined) this.#timers.delete(timer);
    else timer.at += timer.everyMs;
    timer.task();
    await nextTurn();
  }
}
