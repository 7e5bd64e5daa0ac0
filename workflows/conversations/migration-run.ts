import {
  CancellationScope,
  type ChildWorkflowHandle,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { Preparation } from '../../activities/conversations/types.js';
import type { Failure } from '../../domain/engine/failures.js';
import type {
  MigrationCarried,
  MigrationInput,
  MigrationPhase,
  MigrationProgress,
} from '../../domain/engine/messages.js';
import { partDoneOf, steeringOf } from '../../domain/engine/signals.js';
import { type Activities, activitiesOf } from './activities.js';
import { migrationDetails } from './details.js';
import { label } from '../engine/labels.js';
import { openPausing, type Pausing } from '../engine/pausing.js';
import { openRetrying, type Retrying } from '../engine/retrying.js';
import type { BrandMigrationWorkflow } from './brand-migration.js';
import { BrandPlan } from './brand-plan.js';
import { cancelSignal, partDoneSignal, startSignal } from './signals.js';

export interface RunningBrand {
  readonly handle: ChildWorkflowHandle<typeof BrandMigrationWorkflow>;
  /** What it was told last. */
  paused: boolean;
}

/** One run of an account's migration: its state, which signals change and the loop in `migration.ts` follows. */
export class MigrationRun {
  readonly accountId: string;
  readonly activities: Activities;
  readonly pausing: Pausing;
  readonly retrying: Retrying;
  readonly plan: BrandPlan;
  readonly brands = new Map<string, RunningBrand>();
  /** Cancelled by Temporal alone. */
  readonly root = CancellationScope.current();
  /** Everything that is done for the migration runs in here. */
  readonly scope = new CancellationScope();
  /** The account as a whole could not be prepared; undefined again while that is tried again. */
  accountFailure: (Failure & { readonly since: number }) | undefined;
  cancelledBy: string | undefined;
  startedAfterCancel = false;
  /** As the latest preparation found it. */
  accountName: string | undefined;
  /** The account's app waits for it, as the latest preparation found. */
  awaited: boolean;
  #phase: MigrationPhase = 'preparing';
  #preparing = false;
  /** Milliseconds, workflow time: what has failed up to this moment is to be tried again. */
  #retryUpTo = 0;
  #changes = 0;
  readonly #tasks = new Set<Promise<void>>();

  /** Registers signal handlers: MUST be made before the workflow's first await. */
  constructor({ accountId, carried }: MigrationInput) {
    this.accountId = accountId;
    this.activities = activitiesOf(accountId);
    this.pausing = openPausing(carried?.paused);
    this.retrying = openRetrying(() => this.#tell());
    this.plan = new BrandPlan(carried);
    this.accountFailure = carried?.accountFailure;
    this.accountName = carried?.accountName;
    this.awaited = carried?.awaited ?? false;
    this.#retryUpTo = carried?.retryUpTo ?? 0;
    setHandler(startSignal, () => this.#start());
    setHandler(partDoneSignal, (argument: unknown) => {
      const done = partDoneOf(argument);
      if (done === undefined) return;
      this.plan.partDone(done.brandId, done.part);
      this.noteChange();
    });
    setHandler(cancelSignal, (argument: unknown) => {
      this.cancelledBy ??= steeringOf(argument, new Date().toISOString()).by;
      this.scope.cancel();
    });
  }

  /** Grows with everything that the loop must look at. */
  get changes(): number {
    return this.#changes + this.pausing.changes;
  }

  /** Something is under way or waiting for its turn. */
  get isBusy(): boolean {
    return this.#tasks.size > 0 || this.plan.isOpen;
  }

  /** Something failed, and a start was asked for after it had. A start that finds nothing failed is nothing. */
  get isRetryDue(): boolean {
    const failures = [...this.plan.failures.values(), ...(this.accountFailure ? [this.accountFailure] : [])];
    return !this.#preparing && failures.some(({ since }) => since <= this.#retryUpTo);
  }

  /** Nothing of it is under way: what is waiting may be handed to another run. */
  get isIdle(): boolean {
    return this.#tasks.size === 0;
  }

  get carried(): MigrationCarried {
    const { pause } = this.pausing;
    const { accountFailure, accountName } = this;
    return {
      ...(accountName !== undefined && { accountName }),
      ...this.plan.carried,
      retryUpTo: this.#retryUpTo,
      ...(this.awaited && { awaited: true }),
      ...(pause && { paused: pause }),
      ...(accountFailure && { accountFailure }),
    };
  }

  get progress(): MigrationProgress {
    const { pause } = this.pausing;
    const { now } = this.retrying;
    const { accountName } = this;
    return {
      ...(accountName !== undefined && { accountName }),
      phase: this.#phase,
      ...(pause && { paused: pause }),
      ...(now && { retrying: now }),
      ...(this.cancelledBy !== undefined && { cancelledBy: this.cancelledBy }),
      ...this.plan.progress,
    };
  }

  now(phase: MigrationPhase): void {
    this.#phase = phase;
    label({ accountId: this.accountId, phase, paused: this.pausing.pause !== undefined });
    this.#tell();
  }

  #tell(): void {
    setCurrentDetails(migrationDetails(this.progress));
  }

  /** Runs beside the loop, which hears of its end; `settled` waits for all. */
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
   * A brand that fails while a preparation is under way may or may not have been seen by it. It counts as failed before the
   * start that was asked for, so that another preparation sees it for certain.
   */
  async prepare(work: () => Promise<Preparation['brands']>): Promise<void> {
    this.#preparing = true;
    this.accountFailure = undefined;
    this.#retryUpTo = 0;
    const again = [...this.plan.failures.keys()];
    try {
      this.plan.take(await work(), again);
      if (this.plan.failures.size > 0) this.#retryUpTo = Date.now();
    } finally {
      this.#preparing = false;
      this.retrying.over('prepareAccount');
    }
  }

  #start(): void {
    this.#retryUpTo = Date.now();
    this.startedAfterCancel = this.scope.consideredCancelled;
    this.noteChange();
  }
}
