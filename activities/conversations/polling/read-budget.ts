import pLimit from 'p-limit';
import type { Clock } from '../../../domain/engine/clock.js';
import { LEAST_UNITS } from '../../../gateways/dynamodb/polling/newer-keys.js';

/** The share of an index's provisioned read units that polling may use. */
export const SHARE = 0.02;
/** Used if the role may not ask how many are provisioned: 2 % of 100. */
export const UNKNOWN_UNITS_PER_SECOND = 2;

/**
 * Spends read units of an index at a rate. The cost of a query is known only from its answer, so queries pay afterwards: the next one begins when the
 * units of earlier ones have been earned again. Over any period the rate is exceeded by one query at most.
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

  /** Rejects with an AbortError if the signal is aborted while it waits for units. */
  async spend<Answer extends { readonly units: number }>(
    query: () => Promise<Answer>,
    signal: AbortSignal,
  ): Promise<Answer> {
    if (this.#rate === undefined) return query();
    return this.#one(async () => {
      await this.#untilPaid(signal);
      // A query that fails may have been counted.
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
