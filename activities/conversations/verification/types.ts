/** The activities of the verification's workflow. The rules of `activities/conversations/types.ts` apply. */

import type { Failure } from '../../../domain/engine/failures/failures.js';
import type { Pass, VerificationState } from '../../../domain/engine/verification.js';
import type { AccountInput, BrandInput } from '../types.js';

export interface VerificationRef extends AccountInput {
  readonly verificationId: string;
}

export interface TurnInput extends VerificationRef, BrandInput {
  readonly pass: Pass;
  /** Import again what is missing or different in this pass. */
  readonly repair: boolean;
}

export interface VerificationPlan {
  /** False when the verification has ended or was deleted: there is nothing to do. */
  readonly running: boolean;
  readonly repair: boolean;
  readonly brandIds: readonly string[];
}

export interface TurnProgress {
  /** The turn has read everything. */
  readonly finished: boolean;
  /** Ended within a batch because the store says that the migration is paused or cancelled. */
  readonly halted: boolean;
  /** Records compared so far. */
  readonly records: number;
}

/** Task queue `calls`. */
export interface VerificationCalls {
  openVerification(input: VerificationRef): Promise<VerificationPlan>;
  /** Records how the verification ended. Creates a certificate if everything is equal and all messages are migrated. Returns the state. */
  endVerification(
    input: VerificationRef & { readonly failure?: Failure },
  ): Promise<VerificationState | 'forgotten'>;
}

/** Task queue `imports`. */
export interface VerificationImports {
  /** Compares a brand's records for about two minutes, from the cursors on. */
  verifySlices(input: TurnInput): Promise<TurnProgress>;
  /** Finds what the store holds and the source has not shown, sums up and ends the turn. */
  finishTurn(input: TurnInput): Promise<void>;
}

export type VerificationActivities = VerificationCalls & VerificationImports;
