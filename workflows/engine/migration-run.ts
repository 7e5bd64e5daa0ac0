import type { Preparation } from '../../activities/engine/types.js';
import {
  CancellationScope,
  type ChildWorkflowHandle,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { Failure } from '../../domain/engine/failures/failures.js';
import type {
  MigrationCarried,
  MigrationInput,
  MigrationProgress,
  UnitInput,
  UnitOutcome,
} from '../../domain/engine/runs.js';
import { phaseDoneOf, steeringOf } from '../../domain/engine/signals.js';
import { type MigrationActivities, engineActivities } from './engine-activities.js';
import type { WorkflowKind } from './kind.js';
import { label } from './labels.js';
import { openPausing, type Pausing } from './pausing.js';
import { openRetrying, type Retrying } from './retrying.js';
import { cancelSignal, phaseDoneSignal, startSignal } from './signals.js';
import { UnitPlan } from './units/unit-plan.js';

export type UnitWorkflow = (input: UnitInput) => Promise<UnitOutcome>;

export interface RunningUnit {
  readonly handle: ChildWorkflowHandle<UnitWorkflow>;
  /** Whether the child was last told to pause. */
  paused: boolean;
}

/** One run of a subject's migration: its state, which signals change and the loop in `migration.ts` reads. */
export class MigrationRun {
  readonly subject: string;
  readonly activities: MigrationActivities;
  readonly pausing: Pausing;
  readonly retrying: Retrying;
  readonly plan: UnitPlan;
  readonly units = new Map<string, RunningUnit>();
  /** Cancelled only by Temporal. */
  readonly root = CancellationScope.current();
  /** The scope of all work of the migration. */
  readonly scope = new CancellationScope();
  /** Why the subject as a whole could not be prepared; undefined again during a retry. */
  failure: (Failure & { readonly since: number }) | undefined;
  cancelledBy: string | undefined;
  startedAfterCancel = false;
  /** The subject's display name, as of the latest preparation. */
  name: string | undefined;
  /** A user of the subject is watching, as of the latest preparation. */
  awaited: boolean;
  #phase = 'preparing';
  #preparing = false;
  /** Milliseconds, workflow time: failures up to this moment are to be retried. */
  #retryUpTo = 0;
  #changes = 0;
  readonly #tasks = new Set<Promise<void>>();

  /** Registers signal handlers: MUST be created before the workflow's first await. */
  constructor(
    readonly kind: WorkflowKind,
    { subject, carried }: MigrationInput,
  ) {
    this.subject = subject;
    this.activities = engineActivities(kind, subject);
    this.pausing = openPausing(carried?.paused);
    this.retrying = openRetrying(() => this.#report());
    this.plan = new UnitPlan(kind.phases, carried);
    this.failure = carried?.failure;
    this.name = carried?.name;
    this.awaited = carried?.awaited ?? false;
    this.#retryUpTo = carried?.retryUpTo ?? 0;
    setHandler(startSignal, () => this.#start());
    setHandler(phaseDoneSignal, (argument: unknown) => {
      const done = phaseDoneOf(argument);
      if (done === undefined) return;
      this.plan.phaseDone(done.unit, done.phase);
      this.noteChange();
    });
    setHandler(cancelSignal, (argument: unknown) => {
      this.cancelledBy ??= steeringOf(argument, new Date().toISOString()).by;
      this.scope.cancel();
    });
  }

  /** Increases with every change that the loop must handle. */
  get changes(): number {
    return this.#changes + this.pausing.changes;
  }

  /** Whether anything is running or waiting for its turn. */
  get isBusy(): boolean {
    return this.#tasks.size > 0 || this.plan.isOpen;
  }

  /** Whether a start was requested after something failed. Without earlier failures it changes nothing, unless the kind adds units. */
  get isRetryDue(): boolean {
    if (this.kind.grows === true && !this.#preparing && this.#retryUpTo > 0) return true;
    const failures = [...this.plan.failures.values(), ...(this.failure ? [this.failure] : [])];
    return !this.#preparing && failures.some(({ since }) => since <= this.#retryUpTo);
  }

  /** Whether nothing is running, so that what is waiting can be handed to another run. */
  get isIdle(): boolean {
    return this.#tasks.size === 0;
  }

  get carried(): MigrationCarried {
    const { pause } = this.pausing;
    const { failure, name } = this;
    return {
      ...(name !== undefined && { name }),
      ...this.plan.carried,
      retryUpTo: this.#retryUpTo,
      ...(this.awaited && { awaited: true }),
      ...(pause && { paused: pause }),
      ...(failure && { failure }),
    };
  }

  get progress(): MigrationProgress {
    const { pause } = this.pausing;
    const { now } = this.retrying;
    const { name } = this;
    return {
      ...(name !== undefined && { name }),
      phase: this.#phase,
      ...(pause && { paused: pause }),
      ...(now && { retrying: now }),
      ...(this.cancelledBy !== undefined && { cancelledBy: this.cancelledBy }),
      ...this.plan.progress,
    };
  }

  /** @param phase a phase of the kind, `preparing`, or how the migration ended */
  now(phase: string): void {
    this.#phase = phase;
    const paused = this.pausing.pause !== undefined;
    label({ kind: this.kind.name, subject: this.subject, phase, paused });
    this.#report();
  }

  #report(): void {
    setCurrentDetails(this.kind.details.migration(this.progress));
  }

  /** Runs a task beside the loop, which is notified of its end. `settled` waits for all tasks. */
  beside(task: () => Promise<void>): void {
    const running = task().finally(() => {
      this.#tasks.delete(running);
      this.noteChange();
    });
    this.#tasks.add(running);
  }

  async settled(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  noteChange(): void {
    this.#changes += 1;
  }

  /**
   * A unit that fails during a preparation may be missing from it. Its failure therefore counts as older than the requested start, so that another
   * preparation includes it for certain.
   */
  async prepare(work: () => Promise<Preparation['units']>): Promise<void> {
    this.#preparing = true;
    this.failure = undefined;
    this.#retryUpTo = 0;
    const again = [...this.plan.failures.keys()];
    try {
      this.plan.take(await work(), again);
      if (this.plan.failures.size > 0 && this.kind.grows !== true) this.#retryUpTo = Date.now();
    } finally {
      this.#preparing = false;
      this.retrying.overExcept([]);
    }
  }

  #start(): void {
    this.#retryUpTo = Date.now();
    this.startedAfterCancel = this.scope.consideredCancelled;
    this.noteChange();
  }
}
