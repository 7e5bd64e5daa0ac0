/** What a kind of migration provides to the engine. Optional members are traits that a kind may omit. */

import type { Failure } from '../../domain/engine/failures/failures.js';
import type { MigrationProgress, Tally, UnitInput, UnitProgress } from '../../domain/engine/runs.js';
import type { UnitRun } from './units/unit-run.js';

export interface WorkflowKind<Own extends object = object> {
  /** The value of the search attribute `Kind`. */
  readonly name: string;
  /** In order: no unit begins a phase while another waits for, or works on, an earlier one. */
  readonly phases: readonly [PhaseOfKind, ...PhaseOfKind[]];
  /** The workflow type of one unit, which calls `runUnit` for this kind. */
  readonly unitWorkflow: string;
  /** Ids differ by the first phase of a run, so that lists and links tell the runs of a unit apart. */
  unitWorkflowId(subject: string, unit: string, firstPhase: string): string;
  activities(subject: string): KindActivities<Own>;
  /** Runs before the phases of a unit's run. */
  before?(run: UnitRun<Own>): Promise<void>;
  readonly beside?: WorkBeside<Own>;
  readonly words: KindWords;
  readonly details: KindDetails<Own>;
}

export interface PhaseOfKind {
  readonly name: string;
  /** How many of a subject's units run at once in this phase. */
  readonly unitsAtOnce: number;
  /** A person waits: failures that last for minutes fail the phase, and subjects whose users are watching go first. */
  readonly awaited: boolean;
  /** Fails the phase after successful rounds without progress for this long. */
  readonly standstillMs: number;
}

/** Work that runs beside a unit's phases and after them. Cancelled if a phase fails, and awaited before the run ends. */
export interface WorkBeside<Own extends object> {
  /** The unit's status once its phases are done. */
  readonly name: string;
  /** The activities that it calls. */
  readonly activities: readonly string[];
  run(run: UnitRun<Own>): Promise<void>;
}

/** Words for messages about failures, e.g. `importing recent messages` of `brand` br_1 of `account` acc_1. */
export interface KindWords {
  readonly subject: string;
  readonly unit: string;
  readonly units: string;
  /** What happens in a phase, or in a step of the kind's own. */
  doing(step: string): string;
}

/** Markdown for the Web UI. Names must be those of businesses. */
export interface KindDetails<Own extends object> {
  migration(progress: MigrationProgress): string;
  unit(progress: UnitProgress<Own>): string;
  /** Set when the unit's workflow is started. */
  unitStart(input: UnitInput<Own>): { readonly staticSummary: string; readonly staticDetails: string };
}

/** The kind's activities for one subject. Each may be repeated at any moment, and does what is missing. */
export interface KindActivities<Own extends object> {
  prepare(): Promise<Preparation>;
  /** The subject as a whole cannot be migrated. */
  recordFailure(failure: Failure): Promise<void>;
  recordCancellation(by: string): Promise<void>;
  /** `step`: a phase, or a step of the kind's own. */
  recordUnitFailure(unit: string, step: string, failure: Failure): Promise<void>;
  /** Runs one lane of a phase for minutes; several may run at once. */
  runLane(unit: string, phase: PhaseOfKind, awaited: boolean): Promise<LaneProgress<Own>>;
  /** Settles and checks a phase whose slices are all done. Throws CheckUnequal (final). */
  completePhase(unit: string, phase: PhaseOfKind, awaited: boolean): Promise<Completed<Own>>;
}

export interface Preparation {
  /** The subject's display name. */
  readonly name?: string | undefined;
  readonly units: readonly PreparedUnit[];
  /** The store says that the migration is paused. */
  readonly paused: boolean;
  /** A user of the subject is watching right now. */
  readonly awaited: boolean;
}

export interface PreparedUnit {
  readonly unit: string;
  /** Omitted in migrations of more than REPORTED_UNITS units, which could not carry the names. */
  readonly name?: string | undefined;
  /** Phases that are not done; a unit without any is done. */
  readonly phases: readonly string[];
}

export interface LaneProgress<Own extends object> {
  /** Every slice of the phase is done. */
  readonly finished: boolean;
  /** Ended early because the store says that the migration is paused or cancelled. */
  readonly halted: boolean;
  /** How many concurrent lanes suit the rest. */
  readonly lanes: number;
  readonly awaited: boolean;
  /** What all lanes have read so far in this phase. */
  readonly tally: Tally;
  /** Set when the phase was small and this lane also settled and checked it. */
  readonly completed?: Completed<Own> | undefined;
}

export interface Completed<Own extends object> {
  readonly tally: Tally;
  /** Changes to the kind's own state of the unit. */
  readonly change?: (own: Own) => Partial<Own>;
}
