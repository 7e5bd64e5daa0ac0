import {
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import { SIGNALS, type PhaseDoneSignal } from '../../../domain/engine/messages.js';
import type {
  PhaseCounts,
  UnitCounts,
  UnitInput,
  UnitOutcome,
  UnitProgress,
} from '../../../domain/engine/runs.js';
import { asCancellation, endingFailure, failureOf, isWorkFailure } from '../failures.js';
import { type MigrationActivities, engineActivities } from '../engine-activities.js';
import type { UnitSteps, WorkflowKind } from '../kind.js';
import { label } from '../labels.js';
import { openPausing, type Pausing } from '../pausing.js';
import { recordInAnyCase } from '../recording.js';
import { openRetrying, type Retrying } from '../retrying.js';

/** One run of a unit's workflow: its input, its state and its reports. */
export class UnitRun<Own extends object = object> implements UnitSteps<Own> {
  readonly subject: string;
  readonly unit: string;
  readonly activities: MigrationActivities;
  readonly pausing: Pausing;
  readonly retrying: Retrying;
  phases: readonly string[];
  isFinished = false;
  /** A user of the subject is watching, as of the latest report. */
  awaited: boolean;
  own: Own;
  #doing: string;
  #counts: UnitCounts;
  readonly #longPhases = new Set<string>();
  /** Phases of this run that are done but not yet reported to the migration. */
  #unannounced: string[] = [];

  /** Registers signal handlers: MUST be created before the workflow's first await. */
  constructor(
    readonly kind: WorkflowKind<Own>,
    private readonly input: UnitInput<Own>,
  ) {
    this.subject = input.subject;
    this.unit = input.unit;
    this.activities = engineActivities(kind, input.subject);
    this.pausing = openPausing(input.paused);
    this.retrying = openRetrying(() => this.report());
    this.phases = input.phases;
    this.awaited = input.awaited ?? false;
    this.own = input.own ?? ({} as Own);
    this.#counts = input.carried?.counts ?? {};
    this.#doing = input.phases[0] ?? kind.beside?.name ?? 'done';
  }

  /** Whether the run includes the unit's last phase, and so the work beside it. */
  get isWhole(): boolean {
    const last = this.kind.phases.at(-1);
    return this.input.carried?.isWhole ?? (last !== undefined && this.input.phases.includes(last.name));
  }

  isLong(phase: string): boolean {
    return this.#longPhases.has(phase);
  }

  get isPaused(): boolean {
    return this.pausing.pause !== undefined;
  }

  get outcome(): UnitOutcome<Own> {
    return { counts: this.#counts, own: this.own };
  }

  get progress(): UnitProgress<Own> {
    const { pause } = this.pausing;
    const { now } = this.retrying;
    const { names } = this.input;
    return {
      ...this.own,
      ...(names && { names }),
      doing: this.#doing,
      ...(pause && { paused: pause }),
      ...(now && { retrying: now }),
      counts: this.#counts,
    };
  }

  now(doing: string): void {
    this.#doing = doing;
    this.#clearRetries();
    this.report();
  }

  private label(labels: { readonly phase?: string; readonly paused?: boolean }): void {
    label({ kind: this.kind.name, subject: this.subject, unit: this.unit, ...labels });
  }

  count(phase: string, counts: PhaseCounts): void {
    this.#counts = { ...this.#counts, [phase]: counts };
    this.#clearRetries();
    this.report();
  }

  noteLong(phase: string): void {
    this.#longPhases.add(phase);
  }

  set(own: Partial<Own>): void {
    this.own = { ...this.own, ...own };
  }

  /** Activities that were being retried have ended, except those of the work beside it. */
  #clearRetries(): void {
    this.retrying.overExcept(this.kind.beside?.activities ?? []);
  }

  report(): void {
    setCurrentDetails(this.kind.details.unit(this.progress));
  }

  /** The current phase is done. The end of the run reports the last phase to the migration. */
  phaseDone(): void {
    const [done, ...left] = this.phases;
    this.phases = left;
    if (done !== undefined && left.length > 0) this.#unannounced.push(done);
  }

  async announce(step = this.phases[0]): Promise<void> {
    if (step !== undefined) this.label({ phase: step });
    const { parent } = workflowInfo();
    const phases = this.#unannounced;
    this.#unannounced = [];
    if (parent === undefined) return;
    for (const phase of phases) {
      const done: PhaseDoneSignal = { unit: this.unit, phase };
      try {
        await getExternalWorkflowHandle(parent.workflowId).signal(SIGNALS.phaseDone, done);
      } catch (error) {
        // The migration has ended and needs no report.
        if (!isWorkFailure(error)) throw error;
      }
    }
  }

  /** Announces the phase if one of its activities is retried, which may take hours. Settles with the work, and never before it. */
  async announcedIfRetried<T>(work: Promise<T>): Promise<T> {
    const announced = condition(() => this.retrying.now !== undefined).then(() => this.announce());
    await Promise.allSettled([work, Promise.race([work, announced])]);
    return work;
  }

  /** Waits while the unit is paused. A unit pauses between activities; running lanes halt within a batch. */
  async passWhenResumed(): Promise<boolean> {
    const hadToWait = this.isPaused;
    while (this.isPaused) {
      this.label({ paused: true });
      await this.announce();
      this.report();
      await this.pausing.untilResumed();
    }
    this.label({ paused: false });
    this.report();
    return hadToWait;
  }

  async recorded<T>(step: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isWorkFailure(error)) throw asCancellation(error);
      const since = Date.now();
      const { words } = this.kind;
      const failure = failureOf(error, `${words.doing(step)} of ${words.unit} ${this.unit}`);
      await recordInAnyCase(() => this.activities.recordUnitFailure(this.unit, step, failure));
      throw endingFailure(failure, since, error);
    }
  }

  /** Runs work beside the phases. `stop` cancels it and waits until none of it works any more. */
  beside(work: () => Promise<void>): { readonly done: Promise<void>; stop(): Promise<void> } {
    const scope = new CancellationScope();
    const done = scope.run(work);
    const settled = done.then(
      () => undefined,
      () => undefined,
    );
    return {
      done,
      stop: async () => {
        scope.cancel();
        await CancellationScope.nonCancellable(() => settled);
      },
    };
  }

  async continueAsNewIfSuggested(): Promise<void> {
    if (!workflowInfo().continueAsNewSuggested) return;
    const { subject, unit, phases, own } = this;
    const { names } = this.input;
    const { pause } = this.pausing;
    await continueAsNew<(input: UnitInput<Own>) => Promise<UnitOutcome<Own>>>({
      subject,
      unit,
      phases,
      ...(names && { names }),
      ...(this.awaited && { awaited: true }),
      ...(pause && { paused: pause }),
      own,
      carried: { counts: this.#counts, isWhole: this.isWhole },
    });
  }
}
