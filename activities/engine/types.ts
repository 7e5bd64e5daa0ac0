/**
 * The activities that migrate and verify, once for every kind: `kind` says whose work it is. Inputs and results stay in workflow histories, so they
 * hold only ids, counts, words and the names of businesses: never a record, the name of a person, or a phone number. Every activity may run again
 * at any moment, after or beside an earlier attempt: the second call does the missing work and returns the same.
 */

import type { Failure } from '../../domain/engine/failures/failures.js';
import type { MigrationRef } from '../../domain/engine/migration-ref.js';
import type { Tally } from '../../domain/engine/runs.js';
import type { Pass as TurnNumber, VerificationState } from '../../domain/engine/verification.js';

export interface UnitRef extends MigrationRef {
  readonly unit: string;
}

export interface PhaseInput extends UnitRef {
  readonly phase: string;
}

export interface PreparationInput extends MigrationRef {
  /** No unit of the migration runs before this preparation ends, so it may begin the work of units. */
  readonly isFirst?: boolean;
}

export interface Preparation {
  /** The subject's name, as `displayName` returns it. */
  readonly name?: string | undefined;
  /** In the source's order. */
  readonly units: readonly PreparedUnit[];
  /** An operator has paused the migration: a new run begins paused. */
  readonly paused: boolean;
  /** A user of the subject is watching: the app has polled the status within the last two minutes. */
  readonly awaited: boolean;
}

export interface PreparedUnit {
  readonly unit: string;
  /** Omitted in migrations of more than REPORTED_UNITS units, which could not carry the names. */
  readonly name?: string | undefined;
  /** Phases that are not done; a unit without any is done. */
  readonly phases: readonly string[];
  /** The kind's own state of the unit, with which its first run begins. */
  readonly own?: object;
}

export interface LaneProgress {
  /** Every slice of the phase is done. */
  readonly finished: boolean;
  /** Ended within a batch because the store says that the migration is paused or cancelled. */
  readonly halted: boolean;
  /** How many lanes (concurrent calls of this activity) suit the rest; 1 for little. */
  readonly lanes: number;
  /** As in Preparation; false when nothing is left to prioritize. */
  readonly awaited: boolean;
  /** Records that all lanes have read so far in this phase, by stage, and those in quarantine. */
  readonly tally: Tally;
  /** Set when the phase was small and this call completed it. */
  readonly completed?: Completed;
}

export interface Completed {
  /** What the unit holds, including earlier phases. */
  readonly tally: Tally;
  /** How much is left for the kind's work beside the phases. */
  readonly beside?: number;
}

export interface VerificationRef extends MigrationRef {
  readonly verificationId: string;
}

/** The turns of some units in one pass of a verification. */
export interface TurnsInput extends VerificationRef {
  readonly units: readonly string[];
  readonly pass: TurnNumber;
  /** Copy missing and different records again in this pass. */
  readonly repair: boolean;
  /** These are all units, so that the call that has read them all may finish their turns too, if they are small. */
  readonly finishing: boolean;
}

export interface VerificationPlan {
  /** False when the verification has ended or was deleted: there is nothing to do. */
  readonly running: boolean;
  readonly repair: boolean;
  readonly units: readonly string[];
}

export interface TurnsProgress {
  /** The turns have read everything. */
  readonly finished: boolean;
  /** As in LaneProgress. */
  readonly halted: boolean;
  /** Records that these turns have compared so far. */
  readonly records: number;
  /** Set when the turns were small and this call finished them. */
  readonly ended?: true;
}

/** Task queue `calls`: each takes seconds. */
export interface EngineCalls {
  /** Reads what there is to migrate, and which of it is unfinished. Throws why the subject cannot be migrated, such as AccountUnknown (final). */
  prepareMigration(input: PreparationInput): Promise<Preparation>;
  /** Records that the subject as a whole cannot be migrated, and why. */
  recordMigrationFailure(input: MigrationRef & { readonly failure: Failure }): Promise<void>;
  /** Keeps finished work. */
  recordCancellation(input: MigrationRef & { readonly by: string }): Promise<void>;
  /** Records the failed status of a unit's phase, or of a step of the kind's own, and why. */
  recordUnitFailure(input: PhaseInput & { readonly failure: Failure }): Promise<void>;
  openVerification(input: VerificationRef): Promise<VerificationPlan>;
  /** Records how the verification ended. Creates a certificate if everything is equal and all is migrated. Returns the state. */
  endVerification(
    input: VerificationRef & { readonly failure?: Failure },
  ): Promise<VerificationState | 'forgotten'>;
}

/** Task queue `imports`: each takes minutes and sends heartbeats. */
export interface EngineImports {
  /**
   * Works on the phase's slices for about two minutes or until all are done; plans them first if needed. Several calls may run at once, on several
   * workers. Ends early when more lanes would help.
   */
  copySlices(input: PhaseInput): Promise<LaneProgress>;
  /** Settles the phase, compares what the source gave with what the target holds, and sets the status. Throws CheckUnequal (final). */
  completePhase(input: PhaseInput): Promise<Completed>;
  /**
   * Compares the units' records, unit by unit, for about two minutes, from the cursors on. A unit that fails does not keep the others from being
   * compared; its error is thrown after them.
   */
  verifyUnits(input: TurnsInput): Promise<TurnsProgress>;
  /** For each unit finds the records that the target holds but the source has not shown, sums up and ends the turn. Failures as in `verifyUnits`. */
  finishTurns(input: TurnsInput): Promise<void>;
}

export type EngineActivities = EngineCalls & EngineImports;
