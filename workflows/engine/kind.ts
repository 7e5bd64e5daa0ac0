/** What a kind of migration provides to the engine. Optional members are traits that a kind may omit. */

import type { MigrationProgress, UnitInput, UnitProgress } from '../../domain/engine/runs.js';
import type { Pausing } from './pausing.js';
import type { Retrying } from './retrying.js';
import type { Gate } from './rounds.js';

export interface WorkflowKind<Own extends object = object> {
  /** The value of the search attribute `Kind`, and the name under which `activities/kinds.ts` registers its work. */
  readonly name: string;
  /** In order: no unit begins a phase while another waits for, or works on, an earlier one. */
  readonly phases: readonly [PhaseOfKind, ...PhaseOfKind[]];
  /** The workflow type of one unit, which calls `runUnit` for this kind. */
  readonly unitWorkflow: string;
  /** Ids differ by the first phase of a run, so that lists and links tell the runs of a unit apart. */
  unitWorkflowId(subject: string, unit: string, firstPhase: string): string;
  /** Runs before the phases of a unit's run. */
  before?(run: UnitSteps<Own>): Promise<void>;
  readonly beside?: WorkBeside<Own>;
  /** Units may be added while the migration runs: each start finds them. */
  readonly grows?: true;
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
  /** Records in the kind's own state how much work is left, as counted at the end of a phase. */
  left(own: Own, left: number): Partial<Own>;
  run(run: UnitSteps<Own>): Promise<void>;
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

/** A unit's run, as the kind's own steps and its work beside the phases have it. */
export interface UnitSteps<Own extends object> extends Gate {
  readonly subject: string;
  readonly unit: string;
  /** Phases that are not done, the current one first. */
  readonly phases: readonly string[];
  /** All phases of this run are done. */
  readonly isFinished: boolean;
  /** The kind's own state of the unit. Survives the run, until the unit fails. */
  readonly own: Own;
  readonly pausing: Pausing;
  readonly retrying: Retrying;
  /** Whether the phase takes more than one round. */
  isLong(phase: string): boolean;
  set(own: Partial<Own>): void;
  /** Begins a step, and reports it. */
  now(doing: string): void;
  /** Shows the run's state in the Web UI. */
  report(): void;
  /**
   * Labels the run with the step, and tells the migration which phases are done. Each is a billed action, so a step that follows another in the same
   * run is announced only once it turns out to take more than one round, is retried or paused.
   *
   * @param step default: the current phase
   */
  announce(step?: string): Promise<void>;
  /** Records a failure in the store before it is reported anywhere else, whatever happens to this run meanwhile. */
  recorded<T>(step: string, work: () => Promise<T>): Promise<T>;
  /** Called between rounds. The next run continues where this one is. */
  continueAsNewIfSuggested(): Promise<void>;
}
