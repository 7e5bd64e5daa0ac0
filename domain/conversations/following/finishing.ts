/** When following an account ends: with a last pass, which is a verification with repair. */

import type { VerificationState } from '../../engine/verification.js';

/** `idle`: all ports are final and nothing has changed for long. `max-days`: it was followed for the maximum time. */
export type FinishReason = 'idle' | 'max-days' | 'operator';

/** FOLLOW_IDLE_HOURS and FOLLOW_MAX_DAYS. */
export interface FollowLimits {
  readonly idleHours: number;
  readonly maxDays: number;
}

/** Who requested the finish and why, as the store keeps it. */
export interface Finishing {
  readonly reason: FinishReason;
  readonly by: string;
  /** ISO 8601. */
  readonly since: string;
  /** How many passes were requested. */
  readonly passes: number;
  /** The id of the last pass; null until it is requested. */
  readonly verification: string | null;
  /** How many ports were open at the end. */
  readonly openPorts?: number;
}

/** The result of a request to finish. */
export type ToldToFinish = 'finishing' | 'finished';

/** What is known once a pass is no longer running. */
export interface PassOutcome {
  readonly state: Exclude<VerificationState, 'running'>;
  readonly passes: number;
  /** Hints wait: the pass has found records that following must look at. */
  readonly hintsWait: boolean;
  /** Following has changed something since the pass was requested. */
  readonly hasNews: boolean;
  /** Its repair has changed the differences: the next one may repair what depends on that, as a contact's name depends on all its threads. */
  readonly hasRepaired: boolean;
  readonly hasGap: boolean;
  readonly openPorts: number;
}

/** The most passes. Repairs of a pass, and later changes by following, are compared once more, but somebody may keep writing. */
const MOST_PASSES = 3;

/**
 * - `wait`: for hints to be applied.
 * - `again`: another pass is needed.
 * - `withdraw`: it is not finished now; it may be later.
 * - `end`: following ends.
 *
 * Remaining differences do not prevent the end: they are reported as a failure of their own.
 */
export function afterPass(reason: FinishReason, pass: PassOutcome): 'wait' | 'again' | 'withdraw' | 'end' {
  if (pass.state === 'failed') return reason === 'operator' ? 'again' : 'withdraw';
  if (pass.hintsWait) return 'wait';
  if (reason === 'idle' && (pass.hasNews || pass.hasGap || pass.openPorts > 0)) return 'withdraw';
  const mayImprove = pass.hasNews || pass.hasRepaired;
  return pass.state === 'unequal' && mayImprove && pass.passes < MOST_PASSES ? 'again' : 'end';
}
