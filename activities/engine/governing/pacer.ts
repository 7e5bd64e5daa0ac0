import type { Clock } from '../../../domain/engine/clock.js';
import type { Pace } from '../../../domain/engine/targets/pace.js';

/** Bytes of rows a second with a share of 1, which is about what one worker writes on two cores. */
const FULL_BYTES_PER_SECOND = 10_000_000;
/** The most time that may be caught up after a late timer, or between two batches. More would be a burst. */
const CATCH_UP_MS = 20;
/** With a share below 1 nothing is sent for the first part of each second. */
const [REST_EVERY_MS, REST_MS] = [1_000, 100];

/**
 * Spreads bytes evenly over time, for all lanes of a process: a leaky bucket as in ATM's GCRA. Below a share of 1 it rests for a tenth of the time,
 * so that others' latency without the import can be measured, as BBR does for the time of a round trip.
 */
export class Pacer {
  share = 1;
  /** When the next bytes may be sent, by the clock's elapsed time. */
  #freeAt = 0;
  #restUntil = 0;

  constructor(private readonly clock: Clock) {}

  get isResting(): boolean {
    return this.share < 1 && this.#restLeft() > 0;
  }

  /** Sends nothing for so long. */
  rest(ms: number): void {
    this.#restUntil = this.clock.elapsed() + ms;
  }

  /** The pace of one batch. `signal` ends all waiting: the rest of the batch is sent at once. */
  of(signal: AbortSignal, onPaced: () => void): Pace {
    const isSlow = (): boolean => this.share < 1 && !signal.aborted;
    return {
      get isSlow() {
        return isSlow();
      },
      next: async (bytes) => {
        onPaced();
        if (isSlow()) await this.#next(bytes, signal);
      },
    };
  }

  async #next(bytes: number, signal: AbortSignal): Promise<void> {
    const now = this.clock.elapsed();
    const mayAt = Math.max(this.#freeAt, now - CATCH_UP_MS);
    this.#freeAt = mayAt + (bytes / FULL_BYTES_PER_SECOND / this.share) * 1_000;
    await this.#sleep(mayAt - now, signal);
    for (let rest = this.#restLeft(); this.share < 1 && rest > 0 && !signal.aborted; rest = this.#restLeft())
      await this.#sleep(rest, signal);
  }

  #restLeft(): number {
    const now = this.clock.elapsed();
    return Math.max(REST_MS - (now % REST_EVERY_MS), this.#restUntil - now);
  }

  /** An abort is not an error here. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms > 0) await this.clock.sleep(ms, { signal }).catch(() => undefined);
  }
}
