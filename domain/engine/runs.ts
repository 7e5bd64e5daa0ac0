/**
 * What the workflows of a migration pass to each other and return to queries, for every kind: a subject (such as an account) with units (its brands),
 * each of which goes through the kind's phases in order.
 */

import type { Names } from './web-ui/business-names.js';
import type { Failure, FailureType } from './failures/failures.js';
import type { RetryingSignal, Steering } from './messages.js';

/** Counts under names that the kind chooses. */
export type Tally = Readonly<Record<string, number>>;

export interface PhaseCounts {
  /** Records read for the phase; once it is checked, what the unit holds, including earlier phases. */
  readonly tally: Tally;
  /** The phase is complete, and the target equals the source. */
  readonly checked: boolean;
}

export type UnitCounts = Readonly<Record<string, PhaseCounts>>;

export interface MigrationInput {
  readonly subject: string;
  /** State that a run passes on when it continues as new. No unit is running then. */
  readonly carried?: MigrationCarried;
}

export interface MigrationCarried {
  /** The subject's name, as of the latest preparation. */
  readonly name?: string;
  /** By key, in the order of the preparation; empty if `many` is set. */
  readonly units: readonly (readonly [string, CarriedUnit])[];
  readonly many?: ManyUnits;
  readonly paused?: Steering;
  readonly awaited?: boolean;
  /** Milliseconds, workflow time: failures up to this moment are to be retried. */
  readonly retryUpTo: number;
  readonly failure?: Failure & { readonly since: number };
}

/** A migration with more units reports only some, and its plan keeps neither their names nor their counts. */
export const REPORTED_UNITS = 500;

/** The units of a migration with more than REPORTED_UNITS: keys, in the order of the preparation. */
export interface ManyUnits {
  /** By the phase for which each waits. */
  readonly waiting: Readonly<Record<string, readonly string[]>>;
  /** Each with the phase in which it failed, and when. */
  readonly failed: readonly (readonly [string, string, FailureType, number])[];
  readonly done: readonly string[];
}

export const UNIT_STATES = ['waiting', 'running', 'failed', 'done'] as const;
export type UnitState = (typeof UNIT_STATES)[number];

export interface CarriedUnit {
  readonly name?: string | undefined;
  readonly state: UnitState;
  /** Phases that are not done, the current one first. */
  readonly phases: readonly string[];
  readonly counts: UnitCounts;
  /** The kind's own state of the unit after its last run. */
  readonly own?: object | undefined;
  readonly failure?: UnitFailure | undefined;
}

export interface UnitFailure {
  readonly type: FailureType;
  /** A start at or after this moment (milliseconds, workflow time) is a retry. */
  readonly since: number;
}

/** The type of the failure that ends a migration with failed units. Its details are `{ units: { key: failure type } }`. */
export const UNITS_FAILED = 'UnitsFailed';

/** The type of the failure that ends a migration cancelled only by the signal. */
export const CANCELLED = 'MigrationCancelled';

export interface UnitInput<Own extends object = object> {
  readonly subject: string;
  readonly unit: string;
  /** In the order in which they run. A subject's only unit runs all its phases in one run. */
  readonly phases: readonly string[];
  /** For the details in the Web UI. */
  readonly names?: Names;
  /** Somebody waits for the phases that the kind marks as awaited. */
  readonly awaited?: boolean;
  /** Set if the migration was paused when the run started. */
  readonly paused?: Steering;
  /** The kind's own state of the unit; undefined for its first run. */
  readonly own?: Own;
  /** State that a run passes on when it continues as new. */
  readonly carried?: UnitCarried;
}

export interface UnitCarried {
  readonly counts: UnitCounts;
  /** The run includes the unit's last phase. */
  readonly isWhole: boolean;
}

export interface UnitOutcome<Own extends object = object> {
  readonly counts: UnitCounts;
  readonly own: Own;
}

export interface MigrationProgress {
  /** The subject's name; undefined before the preparation. */
  readonly name?: string;
  /** `preparing`, a phase of the kind, or how the migration ended. */
  readonly phase: string;
  readonly paused?: Steering;
  readonly cancelledBy?: string;
  readonly retrying?: readonly RetryingSignal[];
  /** At most REPORTED_UNITS: running and failed ones first, done ones last. */
  readonly units: Readonly<Record<string, ReportedUnit>>;
  /** The number of units in each state, including those not reported. */
  readonly states: Readonly<Record<UnitState, number>>;
}

export interface ReportedUnit {
  readonly name?: string;
  readonly state: UnitState;
  /** Phases that are not done, the current one first. */
  readonly phases: readonly string[];
  readonly counts: UnitCounts;
  readonly failure?: FailureType;
}

/** Includes the kind's own state of the unit. */
export type UnitProgress<Own extends object = object> = Own & {
  readonly names?: Names;
  /** A phase, a step of the kind's own, or `done`. */
  readonly doing: string;
  readonly paused?: Steering;
  readonly retrying?: readonly RetryingSignal[];
  readonly counts: UnitCounts;
};
