import {
  type ActivityOptions,
  CancellationScope,
  TemporalFailure,
  condition,
  continueAsNew,
  defineQuery,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { TurnInput, VerificationActivities } from '../../activities/conversations/verification/types.js';
import type { Failure } from '../../domain/engine/failures.js';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import { QUERIES } from '../../domain/engine/messages.js';
import {
  PASSES,
  type VerificationInput,
  type VerificationProgress,
} from '../../domain/engine/verification.js';
import { asCancellation, failureOf, isStopped } from '../engine/failures.js';
import { openPausing } from '../engine/pausing.js';

export const verificationProgressQuery = defineQuery<VerificationProgress>(QUERIES.progress);

const FIRST_WAIT = 5_000;
const LONGEST_WAIT = 5 * 60_000;

/** Imports that somebody waits for go first: priorities as in `workflows/conversations/activities.ts`, where nothing is below these. */
function activitiesFor(accountId: string) {
  const shared = {
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { initialInterval: '1 second', maximumInterval: '5 minutes', maximumAttempts: 60 },
    // What Temporal takes as a fairness key is 64 bytes, and a character has up to four.
    priority: { priorityKey: 5, fairnessKey: accountId.slice(0, 16) },
  } satisfies ActivityOptions;
  const calls = proxyActivities<VerificationActivities>({
    ...shared,
    taskQueue: TASK_QUEUES.calls,
    startToCloseTimeout: '1 minute',
    retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
    summary: 'Open or end the verification',
  });
  const imports = { ...shared, taskQueue: TASK_QUEUES.imports, heartbeatTimeout: '30 seconds' } as const;
  return {
    open: calls.openVerification,
    end: calls.endVerification,
    verifySlices: proxyActivities<VerificationActivities>({
      ...imports,
      startToCloseTimeout: '10 minutes',
      summary: 'Compare records',
    }).verifySlices,
    finishTurn: proxyActivities<VerificationActivities>({
      ...imports,
      startToCloseTimeout: '2 hours',
      summary: 'Find what the source has not shown',
    }).finishTurn,
  };
}

/**
 * Verifies an account, brand by brand: reads the source again and compares it with the store. What the source has not shown is found once
 * all brands are read, since another brand may have it now. A repair does so twice: what the first pass finds missing or different it
 * imports again, and the second tells what is left.
 *
 * The store knows how far it is: a run that is started again, or continues as new, passes over what is done. While the migration is
 * paused or cancelled it waits; told of the pause by a signal, it does so without timers. One that was cancelled has ended in the store,
 * and so ends here. A failure is written down, and so is a cancellation from outside.
 */
export async function VerificationWorkflow(input: VerificationInput): Promise<VerificationProgress> {
  const activities = activitiesFor(input.accountId);
  let progress: VerificationProgress = { state: 'running', pass: 1, records: 0 };
  const tell = (news: Partial<VerificationProgress>): void => {
    progress = { ...progress, ...news };
    setCurrentDetails(detailsOf(progress));
  };
  setHandler(verificationProgressQuery, () => progress);
  const pausing = openPausing(undefined);

  try {
    const plan = await activities.open(input);
    if (plan.running) {
      // One of the old kind ends each brand before it reads the next.
      const finishesLast = plan.brandIds.length > 1 && patched('all-brands-are-read-first');
      for (const pass of plan.repair ? PASSES : ([1] as const)) {
        const repair = plan.repair && pass === 1;
        const turns = plan.brandIds.map((brandId): TurnInput => ({ ...input, brandId, pass, repair }));
        for (const turn of turns) {
          tell({ pass, brandId: turn.brandId, records: 0 });
          if (!(await readBrand(input, turn, tell))) {
            tell({ state: 'forgotten' });
            return progress;
          }
          if (!finishesLast) await activities.finishTurn(turn);
        }
        if (finishesLast) for (const turn of turns) await activities.finishTurn(turn);
      }
    }
    tell({ state: await activities.end(input) });
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const failure: Failure = isStopped(error)
      ? {
          type: 'VerificationCancelled',
          message: `The verification of account ${input.accountId} was cancelled.`,
        }
      : failureOf(error, `verifying account ${input.accountId}`);
    await CancellationScope.nonCancellable(() => activities.end({ ...input, failure }));
    throw asCancellation(error);
  }
  return progress;

  /** Answers false when the verification was forgotten meanwhile. */
  async function readBrand(
    ref: VerificationInput,
    turn: TurnInput,
    say: (news: Partial<VerificationProgress>) => void,
  ): Promise<boolean> {
    let wait = FIRST_WAIT;
    for (;;) {
      const { changes } = pausing;
      const { finished, halted, records } = await activities.verifySlices(turn);
      say({ records });
      if (finished) break;
      if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof VerificationWorkflow>(ref);
      if (!halted) {
        wait = FIRST_WAIT;
        continue;
      }
      await pass(wait, changes);
      wait = Math.min(wait * 2, LONGEST_WAIT);
      if (!(await activities.open(ref)).running) return false;
    }
    return true;
  }

  /** Until it is resumed; where nobody has told of a pause, for so long, or until a signal comes that had not when `changes` was read. */
  async function pass(wait: number, changes: number): Promise<void> {
    const { pause } = pausing;
    if (pause === undefined) {
      await condition(() => pausing.changes !== changes, wait);
      return;
    }
    tell({ paused: pause });
    await pausing.untilResumed();
    const { paused: _, ...goingOn } = progress;
    progress = goingOn;
    tell({});
  }
}

function detailsOf({ state, pass, brandId, records, paused }: VerificationProgress): string {
  if (paused) return `**Paused** by ${paused.by} since ${paused.at}.`;
  if (state !== 'running') return `**${state}**`;
  const doing = pass === 1 ? 'Comparing' : 'Comparing once more after the repair';
  return brandId === undefined ? 'Beginning.' : `${doing}: brand \`${brandId}\`, ${records} records so far.`;
}
