/** What the verification's workflow may ask for; the rules of `activities/conversations/types.ts` hold here too. */

import type { Failure } from '../../../domain/engine/failures.js';
import type { Pass, VerificationState } from '../../../domain/engine/verification.js';
import type { AccountInput, BrandInput } from '../types.js';

export interface VerificationRef extends AccountInput {
  readonly verificationId: string;
}

export interface TurnInput extends VerificationRef, BrandInput {
  readonly pass: Pass;
  /** What is missing or different is imported again in this pass. */
  readonly repair: boolean;
}

export interface VerificationPlan {
  /** False when it has ended or was forgotten: there is nothing to do. */
  readonly running: boolean;
  readonly repair: boolean;
  readonly brandIds: readonly string[];
}

export interface TurnProgress {
  /** Nothing is left to read in this turn. */
  readonly finished: boolean;
  /** Ended within a batch because the store says that the migration is paused or cancelled. */
  readonly halted: boolean;
  /** Records compared so far. */
  readonly records: number;
}

/** Task queue `calls`. */
export interface VerificationCalls {
  openVerification(input: VerificationRef): Promise<VerificationPlan>;
  /** Says how it ended; all equal gives a certificate, where all messages are migrated. Answers the state. */
  endVerification(
    input: VerificationRef & { readonly failure?: Failure },
  ): Promise<VerificationState | 'forgotten'>;
}

/** Task queue `imports`. */
export interface VerificationImports {
  /** Compares a brand's records for about two minutes; goes on at the cursors. */
  verifySlices(input: TurnInput): Promise<TurnProgress>;
  /** Finds what the source has not shown, sums up, ends the turn. */
  finishTurn(input: TurnInput): Promise<void>;
}

export type VerificationActivities = VerificationCalls & VerificationImports;
