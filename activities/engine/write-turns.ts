import type { Clock, Stop } from '../../domain/engine/clock.js';
import { BATCHES_AT_ONCE } from './share.js';

interface Turn {
  begin(): void;
  drop(): void;
  readonly signal: AbortSignal;
}

/** However little may be written, the next batch comes after this. */
const LONGEST_PAUSE_MS = 8_000;

/**
 * Turns to write, of all lanes of a process. Six batches are written at once; with a share below 1 fewer, down to one; below a sixth comes
 * a pause after one that took t, of t × (1 / (6 × share) − 1). With a share below 1, whoever stops does not wait for its turn: what it
 * would have written is dropped, and read again later.
 */
export class WriteTurns {
  readonly #waiting = new Set<Turn>();
  #share = 1;
  #running = 0;
  #last = { ended: 0, took: 0 };
  #stopPause: Stop = () => undefined;
  /** By the clock's elapsed time: when a batch was last written. */
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

  /** Answers what `write` answers; rejects with the signal's reason when it was dropped. */
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
