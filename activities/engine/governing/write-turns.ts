import type { Clock, Stop } from '../../../domain/engine/clock.js';
import type { Pace } from '../../../domain/engine/targets/pace.js';
import type { Writing } from '../../../gateways/store/sql/pressure.js';
import { Pacer } from './pacer.js';
import { BATCHES_AT_ONCE } from './share.js';

interface Turn {
  begin(): void;
  drop(): void;
  readonly signal: AbortSignal;
}

/** The longest pause before the next batch, however small the share. */
const LONGEST_PAUSE_MS = 8_000;

/**
 * Turns to write, shared by all lanes of a process. Up to six batches are written at once, fewer with a share below 1, each at the pace that the
 * share allows. A batch that has nothing to send at a pace, and took t, is followed by a pause of t × (1 / share − 1). With a share below 1 a lane
 * that stops does not wait for its turn: its batch is dropped and read again later.
 */
export class WriteTurns {
  readonly #waiting = new Set<Turn>();
  readonly #pacer: Pacer;
  #running = 0;
  /** The last batch without a pace. */
  #last = { ended: 0, took: 0 };
  #stopPause: Stop = () => undefined;
  /** When a batch was last written, by the clock's elapsed time. */
  #usedAt = 0;

  constructor(private readonly clock: Clock) {
    this.#pacer = new Pacer(clock);
  }

  get share(): number {
    return this.#pacer.share;
  }

  set share(share: number) {
    this.#pacer.share = share;
    this.#next();
  }

  get writing(): Writing {
    if (this.#running === 0) return 'none';
    return this.#pacer.isResting ? 'rest' : 'batch';
  }

  /** Milliseconds since there was anything to write. */
  get idleMs(): number {
    return this.#running + this.#waiting.size > 0 ? 0 : this.clock.elapsed() - this.#usedAt;
  }

  /** Pauses the sending of batches for so long. */
  rest(ms: number): void {
    this.#pacer.rest(ms);
  }

  /** Resolves with the result of `write`; rejects with the signal's reason if the batch was dropped. */
  take<T>(write: (pace: Pace) => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#waiting.size === 0 && this.share === 1 && this.#running < this.#atOnce)
      return this.#run(write, signal);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => this.#next();
      const turn: Turn = {
        signal,
        begin: () => {
          signal.removeEventListener('abort', onAbort);
          this.#run(write, signal).then(resolve, reject);
        },
        drop: () => reject(signal.reason as Error),
      };
      this.#waiting.add(turn);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#next();
    });
  }

  async #run<T>(write: (pace: Pace) => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#running += 1;
    const begun = this.clock.elapsed();
    let isPaced = false;
    try {
      return await write(this.#pacer.of(signal, () => (isPaced = true)));
    } finally {
      this.#running -= 1;
      const ended = this.clock.elapsed();
      if (!isPaced) this.#last = { ended, took: ended - begun };
      this.#usedAt = ended;
      this.#next();
    }
  }

  #next(): void {
    this.#stopPause();
    if (this.share < 1) this.#dropStopped();
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
    return Math.max(1, Math.floor(this.share * BATCHES_AT_ONCE));
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
    return ended + Math.min(LONGEST_PAUSE_MS, took * (1 / this.share - 1)) - this.clock.elapsed();
  }
}
