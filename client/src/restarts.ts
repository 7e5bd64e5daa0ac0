import { type Pauses, pauseMs } from './pauses.js';
import type { AccountStatus } from './types.js';

/** After these the app starts again. Not after `remaining-messages-failure`, which is reported to operators. */
const FAILED: ReadonlySet<AccountStatus> = new Set<AccountStatus>([
  'brand-failure',
  'recent-messages-failure',
]);

/** Decides when a failed migration is started again. */
export class Restarts {
  #starts = 0;
  #leftMs: number | undefined;

  constructor(
    private readonly pauses: Pauses,
    private readonly random: () => number,
  ) {}

  /** Until the next start; infinite while none is due. */
  get leftMs(): number {
    return this.#leftMs ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Notes what a poll has shown.
   * @param progressed begins with the first pause again
   */
  note(status: AccountStatus, progressed: boolean): void {
    if (progressed) this.#starts = 0;
    if (progressed || !FAILED.has(status)) this.#leftMs = undefined;
    if (FAILED.has(status)) this.#leftMs ??= pauseMs(this.pauses, this.#starts, this.random());
  }

  /** Lets time pass. */
  pass(ms: number): void {
    if (this.#leftMs !== undefined) this.#leftMs -= ms;
  }

  /** True if a start is due now; the next one is then due after a longer pause. */
  takeDue(): boolean {
    if (this.leftMs > 0) return false;
    this.#starts += 1;
    this.#leftMs = undefined;
    return true;
  }
}
