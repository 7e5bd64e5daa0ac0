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
import { type Turn, type VerificationActivities, verificationActivities } from './engine-activities.js';
import type { KindWords, WorkflowKind } from './kind.js';
import { openPausing, type Pausing } from './pausing.js';
import { type Gate, inRounds } from './rounds.js';

export const verificationProgressQuery = defineQuery<VerificationProgress>(QUERIES.progress);

/**
 * Verifies a subject, unit by unit: reads the source again and compares it with the target. Looks for what the source has not shown only after all
 * units are read, because another unit may have it now. A repair takes two passes: the first imports again what is missing or different, the second
 * reports what is left.
 *
 * The store records the progress, so a run that is started again or continues as new skips what is done. While the migration is paused or cancelled
 * the run waits, without timers if a signal told it of the pause. A cancelled verification has ended in the store, so the run ends too. Failures, and
 * cancellations from outside, are recorded.
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
        const turns = plan.units.map((unit): Turn => ({ unit, pass, repair }));
        for (const turn of turns) {
          if (!(await run.read(turn))) {
            run.report({ state: 'forgotten' });
            return run.progress;
          }
        }
        for (const turn of turns) await run.calls.finishTurn(turn);
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

  /** Returns false if the verification was deleted meanwhile. */
  async read(turn: Turn): Promise<boolean> {
    const { pass, unit } = turn;
    this.report({ pass, unit, records: 0 });
    const last = await inRounds({
      gate: this,
      firstWaitMs: 5_000,
      longestWaitMs: 5 * 60_000,
      changes: () => this.#pausing.changes,
      between: () => this.#continueAsNewIfSuggested(),
      mayContinue: async () => (await this.calls.open()).running,
      round: async () => {
        const { finished, halted, records } = await this.calls.verifySlices(turn);
        this.report({ records });
        return { finished, halted, progress: records };
      },
    });
    return last !== undefined;
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

function detailsOf({ state, pass, unit, records, paused }: VerificationProgress, words: KindWords): string {
  const pause = pauseLine(paused);
  if (pause !== false) return pause;
  if (state !== 'running') return `**${state}**`;
  const doing = pass === 1 ? 'Comparing' : 'Comparing once more after the repair';
  return unit === undefined ? 'Starting.' : `${doing}: ${words.unit} \`${unit}\`, ${records} records so far.`;
}
