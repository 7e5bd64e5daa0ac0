import pLimit from 'p-limit';
import type { Clock } from '../../../domain/engine/clock.js';
import { LEAST_UNITS } from '../../../gateways/dynamodb/polling/newer-keys.js';

/** Of the read units that are provisioned for an index. */
export const SHARE = 0.02;
/** Where the role may not ask how many are provisioned: 2 % of 100. */
export const UNKNOWN_UNITS_PER_SECOND = 2;

/**
 * Spends read units of an index at a rate. What a query costs is known once it is answered, so each pays afterwards: the next one begins when the units of
 * those before have grown again. Over any time the rate is exceeded by one query at most.
 */
export class ReadBudget {
  readonly #one = pLimit(1);
  #rate: number | undefined = UNKNOWN_UNITS_PER_SECOND;
  #owed = 0;
  #at: number;

  constructor(private readonly clock: Clock) {
    this.#at = clock.elapsed();
  }

  /** @param provisioned read units a second; undefined: without a limit */
  limitTo(provisioned: number | undefined): void {
    this.#pay();
    this.#rate = provisioned === undefined ? undefined : SHARE * provisioned;
  }

  limitToUnknown(): void {
    this.limitTo(UNKNOWN_UNITS_PER_SECOND / SHARE);
  }

  /** Rejects with an AbortError if the signal is aborted while the units grow. */
  async spend<Answer extends { readonly units: number }>(
    query: () => Promise<Answer>,
    signal: AbortSignal,
  ): Promise<Answer> {
    if (this.#rate === undefined) return query();
    return this.#one(async () => {
      await this.#untilPaid(signal);
      // One that fails may have been counted.
      let units = LEAST_UNITS;
      try {
        const answer = await query();
        ({ units } = answer);
        return answer;
      } finally {
        this.#owed += units;
      }
    });
  }

  async #untilPaid(signal: AbortSignal): Promise<void> {
    for (;;) {
      this.#pay();
      if (this.#owed <= 0 || this.#rate === undefined) return;
      await this.clock.sleep(Math.ceil((1_000 * this.#owed) / this.#rate), { signal });
    }
  }

  #pay(): void {
    const now = this.clock.elapsed();
    const paid = this.#rate === undefined ? this.#owed : (this.#rate * (now - this.#at)) / 1_000;
    this.#owed = Math.max(0, this.#owed - paid);
    this.#at = now;
  }
}
