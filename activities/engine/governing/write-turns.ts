import type { Clock, Stop } from '../../../domain/engine/clock.js';
import { BATCHES_AT_ONCE } from './share.js';

interface Turn {
  begin(): void;
  drop(): void;
  readonly signal: AbortSignal;
}

/** The longest pause before the next batch, however small the share. */
const LONGEST_PAUSE_MS = 8_000;

/**
 * Turns to write, shared by all lanes of a process. Up to six batches are written at once, fewer with a share below 1. Below a share of one sixth one
 * batch is written at a time, and a batch that took t is followed by a pause of t × (1 / (6 × share) − 1). With a share below 1 a lane that stops
 * does not wait for its turn: its batch is dropped and read again later.
 */
export class WriteTurns {
  readonly #waiting = new Set<Turn>();
  #share = 1;
  #running = 0;
  #last = { ended: 0, took: 0 };
  #stopPause: Stop = () => undefined;
  /** When a batch was last written, by the clock's elapsed time. */
  #usedAt = 0;

  constructor(private readonly clock: Clock) {}

  get share(): number {
    return this.#share;
  }

  set share(share: number) {
    this.#share = share;
    this.#next();
  }

  get isWriting(): boolean {
    return this.#running > 0;
  }

  /** Milliseconds since there was anything to write. */
  get idleMs(): number {
    return this.#running + this.#waiting.size > 0 ? 0 : this.clock.elapsed() - this.#usedAt;
  }

  /** Resolves with the result of `write`; rejects with the signal's reason if the batch was dropped. */
  take<T>(write: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#waiting.size === 0 && this.#share === 1 && this.#running < this.#atOnce)
      return this.#run(write);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => this.#next();
      const turn: Turn = {
        signal,
        begin: () => {
          signal.removeEventListener('abort', onAbort);
          this.#run(write).then(resolve, reject);
        },
        drop: () => reject(signal.reason as Error),
      };
      this.#waiting.add(turn);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#next();
    });
  }

  async #run<T>(write: () => Promise<T>): Promise<T> {
    this.#running += 1;
    const begun = this.clock.elapsed();
    try {
      return await write();
    } finally {
      this.#running -= 1;
      const ended = this.clock.elapsed();
      this.#last = { ended, took: ended - begun };
      this.#usedAt = ended;
      this.#next();
    }
  }

  #next(): void {
    this.#stopPause();
    if (this.#share < 1) this.#dropStopped();
    for (const turn of this.#waiting) {
      if (this.#running >= this.#atOnce) return;
      const pause = this.#pauseLeft();
      if (pause > 0) {
        this.#stopPause = this.clock.after(pause, () => this.#next());
        return;
      }
      this.#waiting.delete(turn);
      turn.begin();
    }
  }

  get #atOnce(): number {
    return Math.max(1, Math.floor(this.#share * BATCHES_AT_ONCE));
  }

  #dropStopped(): void {
    for (const turn of this.#waiting) {
      if (!turn.signal.aborted) continue;
      this.#waiting.delete(turn);
      turn.drop();
    }
  }

  #pauseLeft(): number {
    const { ended, took } = this.#last;
    const time = Math.min(1, this.#share * BATCHES_AT_ONCE);
    return ended + Math.min(LONGEST_PAUSE_MS, took * (1 / time - 1)) - this.clock.elapsed();
  }
}
