/**
 * What the workflows of a migration hand to each other and answer to queries, of whatever kind it is: a subject (an account, say)
 * with units (its brands), each of which goes through the kind's phases in their order.
 */

import type { Failure, FailureType } from './failures.js';
import type { RetryingSignal, Steering } from './messages.js';

/** What was counted, under names that the kind gives. */
export type Tally = Readonly<Record<string, number>>;

export interface PhaseCounts {
  /** What was read for the phase; once that is checked, what the unit holds, earlier phases included. */
  readonly tally: Tally;
  /** Everything was taken, and what the target holds equals what the source gave. */
  readonly checked: boolean;
}

export type UnitCounts = Readonly<Record<string, PhaseCounts>>;

export interface MigrationInput {
  readonly subject: string;
  /** What a run that continues as new hands to the next; no unit is running then. */
  readonly carried?: MigrationCarried;
}

export interface MigrationCarried {
  /** The subject's name, as the latest preparation found it. */
  readonly name?: string;
  /** By key, in the order of the preparation; empty where there are `many`. */
  readonly units: readonly (readonly [string, CarriedUnit])[];
  readonly many?: ManyUnits;
  readonly paused?: Steering;
  readonly awaited?: boolean;
  /** Milliseconds, workflow time: what failed up to this moment is to be retried. */
  readonly retryUpTo: number;
  readonly failure?: Failure & { readonly since: number };
}

/** A migration of more units than this reports some of them only; its plan keeps neither their names nor their counts. */
export const REPORTED_UNITS = 500;

/** More units than REPORTED_UNITS: keys, in the order of the preparation. */
export interface ManyUnits {
  /** By the phase that each waits for. */
  readonly waiting: Readonly<Record<string, readonly string[]>>;
  /** With the phase in which each failed, and since when. */
  readonly failed: readonly (readonly [string, string, FailureType, number])[];
  readonly done: readonly string[];
}

export const UNIT_STATES = ['waiting', 'running', 'failed', 'done'] as const;
export type UnitState = (typeof UNIT_STATES)[number];

export interface CarriedUnit {
  readonly name?: string | undefined;
  readonly state: UnitState;
  /** Still to be done, the one under way first. */
  readonly phases: readonly string[];
  readonly counts: UnitCounts;
  /** The kind's own state of the unit, as its last run left it. */
  readonly own?: object | undefined;
  readonly failure?: UnitFailure | undefined;
}

export interface UnitFailure {
  readonly type: FailureType;
  /** A start that comes at or after this moment (milliseconds, workflow time) means 'retry'. */
  readonly since: number;
}

/** The type of the failure that ends a migration some of whose units have failed; its details are `{ units: { key: failure type } }`. */
export const UNITS_FAILED = 'UnitsFailed';

/** The type of the failure that ends a migration which was cancelled by the signal alone. */
export const CANCELLED = 'MigrationCancelled';

/** What people call a subject and a unit of it, ready to be shown to operators in Temporal. */
export interface Names {
  readonly subject?: string | undefined;
  readonly unit?: string | undefined;
}

export interface UnitInput<Own extends object = object> {
  readonly subject: string;
  readonly unit: string;
  /** One after the other, in this order; a subject's only unit does all of its phases in one run. */
  readonly phases: readonly string[];
  /** For the details, which people read. */
  readonly names?: Names;
  /** Somebody waits for the phases that the kind calls awaited. */
  readonly awaited?: boolean;
  /** The migration was paused when the run was started. */
  readonly paused?: Steering;
  /** The kind's own state of the unit; left out for its first run. */
  readonly own?: Own;
  /** What a run that continues as new hands to the next. */
  readonly carried?: UnitCarried;
}

export interface UnitCarried {
  readonly counts: UnitCounts;
  /** The run was started for the unit's last phase too. */
  readonly isWhole: boolean;
}

export interface UnitOutcome<Own extends object = object> {
  readonly counts: UnitCounts;
  readonly own: Own;
}

export interface MigrationProgress {
  /** The subject's; left out before it is prepared. */
  readonly name?: string;
  /** `preparing`, a phase of the kind, or how it ended. */
  readonly phase: string;
  readonly paused?: Steering;
  readonly cancelledBy?: string;
  readonly retrying?: readonly RetryingSignal[];
  /** At most REPORTED_UNITS: those that run or have failed first, those that are done last. */
  readonly units: Readonly<Record<string, ReportedUnit>>;
  /** How many units are in each state, of all. */
  readonly states: Readonly<Record<UnitState, number>>;
}

export interface ReportedUnit {
  readonly name?: string;
  readonly state: UnitState;
  /** What is still to be done, the one under way first. */
  readonly phases: readonly string[];
  readonly counts: UnitCounts;
  readonly failure?: FailureType;
}

/** With the kind's own state of the unit beside it. */
export type UnitProgress<Own extends object = object> = Own & {
  readonly names?: Names;
  /** A phase, a step of the kind's own, or `done`. */
  readonly doing: string;
  readonly paused?: Steering;
  readonly retrying?: readonly RetryingSignal[];
  readonly counts: UnitCounts;
};
