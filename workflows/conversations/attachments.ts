import { condition } from '@temporalio/workflow';
import type { AttachmentCounts } from '../../domain/conversations/messages.js';
import { asCancellation, failureOf, isWorkFailure } from '../engine/failures.js';
import { type Round, inRounds } from '../engine/rounds.js';
import type { UnitSteps } from '../engine/kind.js';
import { activitiesOf } from './activities.js';
import type { BrandOwn } from '../../domain/conversations/brand-own.js';

const MINUTE = 60_000;
/** After a round without progress only later retries are left. */
export const ATTACHMENT_WAITS = { firstWaitMs: MINUTE, longestWaitMs: 60 * MINUTE } as const;

type Run = UnitSteps<BrandOwn>;

/**
 * Fetches a brand's attachments until none is left: after the import of its remaining messages, or beside it if that takes long. While there are
 * none, it waits for the import to find some, without a timer, which costs nothing.
 *
 * Never fails the brand: if the object store stays unavailable for hours, the details say so and the attachments are left for later.
 */
export async function fetchAttachments(run: Run): Promise<void> {
  set(run, { left: leftOf(run) });
  await condition(() => run.isLong('remaining') || run.isFinished);
  while (leftOf(run) !== 0 || !run.isFinished) {
    if (leftOf(run) === 0) {
      await condition(() => run.isFinished);
      continue;
    }
    await inRounds({
      ...ATTACHMENT_WAITS,
      gate: run,
      progressBefore: leftOf(run),
      changes: () => run.pausing.changes + Number(run.isFinished),
      between: async () => {
        if (run.isFinished) await run.continueAsNewIfSuggested();
      },
      round: () => fetchRound(run),
    });
    if (run.own.attachments?.trouble !== undefined) return;
  }
}

/** Also finished when fetching has stopped for now; the brand's own state then says so. */
async function fetchRound(run: Run): Promise<Round> {
  const before = run.own.attachments;
  try {
    const answer = await activitiesOf(run.subject).fetchAttachments(run.unit);
    // The end of a phase may have reported a newer count than a round that began before it.
    const isNewer = run.own.attachments === before;
    set(run, { left: isNewer ? answer.left : Math.max(answer.left, leftOf(run) ?? 0) });
  } catch (error) {
    if (!isWorkFailure(error)) throw asCancellation(error);
    const { type } = failureOf(error, `fetching attachments of brand ${run.unit}`);
    set(run, { ...run.own.attachments, trouble: type });
  }
  run.retrying.over('fetchAttachments');
  run.report();
  const { left = 0, trouble } = run.own.attachments ?? {};
  if (run.isFinished && left !== 0 && trouble === undefined) await run.announce('attachments');
  return { finished: left === 0 || trouble !== undefined, progress: left };
}

function leftOf(run: Run): number | undefined {
  return run.own.attachments?.left;
}

function set(
  run: Run,
  { left, trouble }: { left?: number | undefined; trouble?: AttachmentCounts['trouble'] },
) {
  run.set({ attachments: { ...(left !== undefined && { left }), ...(trouble && { trouble }) } });
}
