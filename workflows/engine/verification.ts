import {
  CancellationScope,
  TemporalFailure,
  continueAsNew,
  defineQuery,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Failure } from '../../domain/engine/failures/failures.js';
import { QUERIES } from '../../domain/engine/messages.js';
import {
  PASSES,
  type VerificationInput,
  type VerificationProgress,
} from '../../domain/engine/verification.js';
import { pauseLine } from './details.js';
import { asCancellation, failureOf, isStopped } from './failures.js';
import { type Turns, type VerificationActivities, verificationActivities } from './engine-activities.js';
import type { KindWords, WorkflowKind } from './kind.js';
import { openPausing, type Pausing } from './pausing.js';
import { type Gate, inRounds } from './rounds.js';

export const verificationProgressQuery = defineQuery<VerificationProgress>(QUERIES.progress);

/** At most this many units are given to one activity, which compares them one after the other. More would make its input large. */
const UNITS_TOGETHER = 100;

/**
 * Verifies a subject, unit by unit: reads the source again and compares it with the target. Looks for records that the source has not shown only
 * after all units are read, because they may be in another unit now. A repair takes two passes: the first imports again what is missing or
 * different, the second reports what is left. A pass over small units is one activity.
 *
 * The store records the progress, so a run that is started again or continues as new skips what is done. While the migration is paused or cancelled
 * the run waits, without timers if a signal told it of the pause. A cancelled verification has ended in the store, so the run ends too. Failures,
 * and cancellations from outside, are recorded.
 */
export async function runVerification(
  kind: Pick<WorkflowKind, 'name' | 'words'>,
  input: VerificationInput,
): Promise<VerificationProgress> {
  const run = new VerificationRun(kind, input);
  setHandler(verificationProgressQuery, () => run.progress);
  try {
    const plan = await run.calls.open();
    if (plan.running) {
      for (const pass of plan.repair ? PASSES : ([1] as const)) {
        const repair = plan.repair && pass === 1;
        if (!(await run.compare(plan.units, { pass, repair }))) {
          run.report({ state: 'forgotten' });
          return run.progress;
        }
      }
    }
    run.report({ state: await run.calls.end() });
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const failure = run.failureFrom(error);
    await CancellationScope.nonCancellable(() => run.calls.end(failure));
    throw asCancellation(error);
  }
  return run.progress;
}

class VerificationRun implements Gate {
  readonly calls: VerificationActivities;
  readonly #pausing: Pausing;
  #isWaiting = false;
  #progress: VerificationProgress = { state: 'running', pass: 1, records: 0 };

  /** Registers signal handlers: MUST be created before the workflow's first await. */
  constructor(
    private readonly kind: Pick<WorkflowKind, 'name' | 'words'>,
    private readonly input: VerificationInput,
  ) {
    this.calls = verificationActivities(kind, input);
    this.#pausing = openPausing(undefined);
  }

  get progress(): VerificationProgress {
    const { pause } = this.#pausing;
    return { ...this.#progress, ...(pause && this.#isWaiting && { paused: pause }) };
  }

  report(news: Partial<VerificationProgress> = {}): void {
    this.#progress = { ...this.#progress, ...news };
    setCurrentDetails(detailsOf(this.progress, this.kind.words));
  }

  /** Runs a pass over all units. Returns false if the verification was deleted meanwhile. */
  async compare(units: readonly string[], of: Pick<Turns, 'pass' | 'repair'>): Promise<boolean> {
    const batches = inBatches(units);
    const all = batches.map((batch): Turns => ({ ...of, units: batch, finishing: batches.length === 1 }));
    this.report({ pass: of.pass, units: units.length, records: 0 });
    let isEnded = false;
    for (const turns of all) {
      const last = await this.#read(turns, this.#progress.records);
      if (last === undefined) return false;
      isEnded = last.ended === true;
    }
    if (!isEnded) for (const turns of all) await this.calls.finishTurns(turns);
    return true;
  }

  /** `before`: the records that earlier turns of the pass have compared. */
  #read(turns: Turns, before: number) {
    return inRounds({
      gate: this,
      firstWaitMs: 5_000,
      longestWaitMs: 5 * 60_000,
      changes: () => this.#pausing.changes,
      between: () => this.#continueAsNewIfSuggested(),
      mayContinue: async () => (await this.calls.open()).running,
      round: async () => {
        const { records, ...round } = await this.calls.verifyUnits(turns);
        this.report({ records: before + records });
        return { ...round, progress: records };
      },
    });
  }

  get isPaused(): boolean {
    return this.#pausing.pause !== undefined;
  }

  async passWhenResumed(): Promise<boolean> {
    if (!this.isPaused) return false;
    this.#isWaiting = true;
    this.report();
    await this.#pausing.untilResumed();
    this.#isWaiting = false;
    this.report();
    return true;
  }

  failureFrom(error: TemporalFailure): Failure {
    const whose = `${this.kind.words.subject} ${this.input.subject}`;
    return isStopped(error)
      ? { type: 'VerificationCancelled', message: `The verification of ${whose} was cancelled.` }
      : failureOf(error, `verifying ${whose}`);
  }

  async #continueAsNewIfSuggested(): Promise<void> {
    if (!workflowInfo().continueAsNewSuggested) return;
    await continueAsNew<(input: VerificationInput) => Promise<VerificationProgress>>(this.input);
  }
}

function inBatches(units: readonly string[]): string[][] {
  const batches: string[][] = [];
  for (let from = 0; from < units.length; from += UNITS_TOGETHER)
    batches.push(units.slice(from, from + UNITS_TOGETHER));
  return batches;
}

function detailsOf({ state, pass, units, records, paused }: VerificationProgress, words: KindWords): string {
  const pause = pauseLine(paused);
  if (pause !== false) return pause;
  if (state !== 'running') return `**${state}**`;
  const doing = pass === 1 ? 'Comparing' : 'Comparing once more after the repair';
  if (units === undefined) return 'Starting.';
  return `${doing}: ${units} ${units === 1 ? words.unit : words.units}, ${records} records so far.`;
}
