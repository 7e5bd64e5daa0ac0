import {
  condition,
  continueAsNew,
  defineSignal,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { BrandInput } from '../../activities/conversations/types.js';
import type { OperationInput } from '../../domain/engine/operations.js';
import { asCancellation, failureOf, isWorkFailure } from '../engine/failures.js';
import { callActivities, fetchActivities } from '../engine/operation-activities.js';

export const retryAttachmentsSignal = defineSignal('retry-attachments');

const MINUTE = 60_000;
const LONGEST_WAIT = 60 * MINUTE;
/** So many activities at once: Temporal lets a workflow have 2,000 pending, and an account may have more brands than that. */
const BRANDS_AT_ONCE = 8;
/** Tries of a file last some hours; what stands still for longer belongs to a migration that is paused or cancelled. */
const STANDSTILL = 24 * 60 * MINUTE;

/**
 * Fetches attachments of an account after operators have had failed ones tried again: its brands' own workflows may have ended. Beside
 * one that has not, each fetches others. Ends when none is left that may be tried.
 *
 * MUST NOT await between the last look at `asked` and the end: a signal that comes then makes Temporal repeat the task with it.
 */
export async function AttachmentsWorkflow({ accountId }: OperationInput): Promise<void> {
  let asked = 0;
  setHandler(retryAttachmentsSignal, () => void (asked += 1));
  let running = 0;
  const isFree = () => running < BRANDS_AT_ONCE;
  const inTurn: InTurn = async (work) => {
    while (!isFree()) await condition(isFree);
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
    }
  };
  do {
    asked = 0;
    const { brandIds } = await callActivities('Find brands with attachments').brandsToFetch({ accountId });
    await Promise.all(
      brandIds.map((brandId) =>
        fetchOfBrand({ accountId, brandId }, inTurn, (ms) => condition(() => asked > 0, ms)),
      ),
    );
  } while (asked > 0);
  setCurrentDetails('**Done.** Every attachment is stored, or has failed for good.');
}

type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** `wait` answers true when operators have asked again meanwhile: then the brands are looked at anew. */
async function fetchOfBrand(
  brand: BrandInput,
  inTurn: InTurn,
  wait: (ms: number) => Promise<boolean>,
): Promise<void> {
  const { accountId, brandId } = brand;
  let pause = MINUTE;
  let stillFor = 0;
  for (;;) {
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof AttachmentsWorkflow>({ accountId });
    let stored: number;
    let failed: number;
    let left: number;
    try {
      ({ stored, failed, left } = await inTurn(() => fetchActivities().fetchAttachments(brand)));
    } catch (error) {
      if (!isWorkFailure(error)) throw asCancellation(error);
      const { type } = failureOf(error, `fetching attachments of brand ${brandId}`);
      setCurrentDetails(`Fetching attachments of brand \`${brandId}\` was given up for now (${type}).`);
      return;
    }
    if (left === 0) return;
    setCurrentDetails(`Fetching attachments of brand \`${brandId}\`: ${left} are left.`);
    if (stored + failed > 0) {
      [pause, stillFor] = [MINUTE, 0];
      continue;
    }
    if (stillFor >= STANDSTILL) return;
    if (await wait(pause)) return;
    stillFor += pause;
    pause = Math.min(pause * 2, LONGEST_WAIT);
  }
}
