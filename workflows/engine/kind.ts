/** What a kind of migration gives the engine. Optional members are traits: a kind that lacks one leaves it out. */

import type { Failure } from '../../domain/engine/failures.js';
import type { MigrationProgress, Tally, UnitInput, UnitProgress } from '../../domain/engine/runs.js';
import type { UnitRun } from './unit-run.js';

export interface WorkflowKind<Own extends object = object> {
  /** The value of the search attribute `Kind`. */
  readonly name: string;
  /** In their order: no unit begins one while another waits for, or works at, an earlier one. */
  readonly phases: readonly [PhaseOfKind, ...PhaseOfKind[]];
  /** The type of the workflow of one unit, which is `runUnit` for this kind. */
  readonly unitWorkflow: string;
  /** One id for each phase that a run can begin with, so that lists and links tell the runs of a unit apart. */
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
  /** How many of a subject's units are worked on at once in this phase. */
  readonly unitsAtOnce: number;
  /** A person waits: what does not pass within minutes fails, and subjects whose users are watching go first. */
  readonly awaited: boolean;
  /** Rounds that succeed without progress for so long fail the phase. */
  readonly standstillMs: number;
}

/** Work that goes on beside a unit's phases and after them; cancelled if a phase fails, and awaited before the run ends. */
export interface WorkBeside<Own extends object> {
  /** What the unit does, once its phases are done. */
  readonly name: string;
  /** Names of the activities that it calls. */
  readonly activities: readonly string[];
  run(run: UnitRun<Own>): Promise<void>;
}

/** Words for sentences about failures, e.g. `importing recent messages` of `brand` br_1 of `account` acc_1. */
export interface KindWords {
  readonly subject: string;
  readonly unit: string;
  readonly units: string;
  /** What is done in a phase, or a step of the kind's own. */
  doing(step: string): string;
}

/** For the Web UI, in Markdown. Names are those of businesses alone. */
export interface KindDetails<Own extends object> {
  migration(progress: MigrationProgress): string;
  unit(progress: UnitProgress<Own>): string;
  /** Set when the unit's workflow is started. */
  unitStart(input: UnitInput<Own>): { readonly staticSummary: string; readonly staticDetails: string };
}

/** The kind's activities for one subject. Each may be called again at any moment, and does what is missing. */
export interface KindActivities<Own extends object> {
  prepare(): Promise<Preparation>;
  /** The subject as a whole cannot be migrated. */
  recordFailure(failure: Failure): Promise<void>;
  recordCancellation(by: string): Promise<void>;
  /** `step`: a phase, or a step of the kind's own. */
  recordUnitFailure(unit: string, step: string, failure: Failure): Promise<void>;
  /** One lane of a phase, for minutes; several may run side by side. */
  runLane(unit: string, phase: PhaseOfKind, awaited: boolean): Promise<LaneProgress<Own>>;
  /** Settles and checks a phase all of whose slices are done. Throws CheckUnequal (final). */
  completePhase(unit: string, phase: PhaseOfKind, awaited: boolean): Promise<Completed<Own>>;
}

export interface Preparation {
  /** What people call the subject. */
  readonly name?: string | undefined;
  readonly units: readonly PreparedUnit[];
  /** The store says that the migration is paused. */
  readonly paused: boolean;
  /** A user of the subject is watching right now. */
  readonly awaited: boolean;
}

export interface PreparedUnit {
  readonly unit: string;
  /** Left out of migrations of more than REPORTED_UNITS, which could not carry them. */
  readonly name?: string | undefined;
  /** Those that it still has to go through; a unit without any is done. */
  readonly phases: readonly string[];
}

export interface LaneProgress<Own extends object> {
  /** Every slice of the phase is done. */
  readonly finished: boolean;
  /** Ended early because the store says that the migration is paused or cancelled. */
  readonly halted: boolean;
  /** How many lanes side by side the rest is worth. */
  readonly lanes: number;
  readonly awaited: boolean;
  /** What all lanes have read so far in this phase. */
  readonly tally: Tally;
  /** The phase was small, and is settled and checked. */
  readonly completed?: Completed<Own> | undefined;
}

export interface Completed<Own extends object> {
  readonly tally: Tally;
  /** What changes in the kind's own state of the unit. */
  readonly change?: (own: Own) => Partial<Own>;
}
