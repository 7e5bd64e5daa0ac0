import { condition } from '@temporalio/workflow';
import { asCancellation, failureOf, isWorkFailure } from '../engine/failures.js';
import type { BrandRun } from './brand-run.js';

const MINUTE = 60_000;
/** After a round that changed nothing, since only later tries are left. */
const FIRST_WAIT = MINUTE;
const LONGEST_WAIT = 60 * MINUTE;

/**
 * Fetches a brand's attachments until none is left: after the import of its remaining messages, and beside it where that is
 * long. Costs nothing while there are none: it then waits, without a timer, for what the import finds.
 *
 * Never fails the brand: when the place where they go stays away for hours, that is told in the details and left for later.
 */
export async function fetchAttachments(run: BrandRun): Promise<void> {
  await condition(() => run.isLong || run.imported);
  let wait = FIRST_WAIT;
  for (;;) {
    if (run.attachments.left === 0) {
      if (run.imported) return;
      await condition(() => run.imported);
      continue;
    }
    if (run.imported) await run.continueAsNewIfSuggested();
    await run.passWhenResumed();
    const round = await fetchRound(run);
    if (round === 'impossible') return;
    if (run.imported && run.attachments.left !== 0) run.label({ phase: 'attachments' });
    if (round === 'moved') {
      wait = FIRST_WAIT;
      continue;
    }
    const { imported } = run;
    await condition(() => run.imported !== imported, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }
}

async function fetchRound(run: BrandRun): Promise<'moved' | 'still' | 'impossible'> {
  const before = { left: run.attachments.left, imported: run.imported };
  try {
    const answer = await run.activities.fetchAttachments(run.brandId);
    // What the import's end told is newer than the answer of a round that began before it.
    const left =
      before.imported === run.imported ? answer.left : Math.max(answer.left, run.attachments.left ?? 0);
    run.attachments = { left };
    run.retrying.over('fetchAttachments');
    run.tell();
    return left === before.left ? 'still' : 'moved';
  } catch (error) {
    if (!isWorkFailure(error)) throw asCancellation(error);
    const { type } = failureOf(error, `fetching attachments of brand ${run.brandId}`);
    run.attachments = { ...run.attachments, trouble: type };
    run.retrying.over('fetchAttachments');
    run.tell();
    return 'impossible';
  }
}
