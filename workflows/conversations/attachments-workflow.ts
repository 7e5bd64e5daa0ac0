import { continueAsNew, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { OperationActivities } from '../../activities/conversations/operations/types.js';
import type { OperationInput } from '../../domain/conversations/operations.js';
import { ActivityProxies } from '../engine/activities.js';
import { asCancellation, failureOf, isWorkFailure } from '../engine/failures.js';
import { whileRequested } from '../engine/requests.js';
import { type Round, Turns, UNPAUSED, inRounds } from '../engine/rounds.js';
import { activitiesOf } from './activities.js';
import { ATTACHMENT_WAITS } from './attachments.js';

/** Concurrent activities. Temporal limits a workflow to 2,000 pending ones, and an account may have more brands. */
const BRANDS_AT_ONCE = 8;
/** All tries of a file take some hours; a longer standstill means that the migration is paused or cancelled. */
const STANDSTILL_MS = 24 * 3_600_000;

/**
 * Fetches attachments of an account after operators requested a retry of failed ones, since its brands' own workflows may have ended. If one is still
 * running, both fetch different attachments. Ends when nothing is left to try.
 */
export function AttachmentsWorkflow({ accountId }: OperationInput): Promise<void> {
  const proxies = new ActivityProxies<OperationActivities>(accountId);
  const turns = new Turns(BRANDS_AT_ONCE);
  return whileRequested('retry-attachments', async (requests) => {
    const { brandIds } = await proxies.with('call', 'Find brands with attachments').brandsToFetch({
      accountId,
    });
    await Promise.all(brandIds.map((brandId) => fetchOfBrand({ accountId, brandId, turns, requests })));
    if (requests() === 0) setCurrentDetails('**Done.** Every attachment is stored or has failed for good.');
  });
}

interface Fetching {
  readonly accountId: string;
  readonly brandId: string;
  readonly turns: Turns;
  readonly requests: () => number;
}

/** Ends early after another request: the list of brands is then read anew. */
async function fetchOfBrand({ accountId, brandId, turns, requests }: Fetching): Promise<void> {
  const { fetchAttachments } = activitiesOf(accountId);
  let fetched = 0;
  const round = async (): Promise<Round> => {
    try {
      const { stored, failed, left } = await turns.run(() => fetchAttachments(brandId));
      fetched += stored + failed;
      if (left > 0) setCurrentDetails(`Fetching attachments of brand \`${brandId}\`: ${left} left.`);
      return { finished: left === 0, progress: fetched };
    } catch (error) {
      if (!isWorkFailure(error)) throw asCancellation(error);
      const { type } = failureOf(error, `fetching attachments of brand ${brandId}`);
      setCurrentDetails(`Fetching attachments of brand \`${brandId}\` stopped for now (${type}).`);
      return { finished: true, progress: fetched };
    }
  };
  await inRounds({
    ...UNPAUSED,
    ...ATTACHMENT_WAITS,
    progressBefore: 0,
    changes: requests,
    between: async () => {
      if (workflowInfo().continueAsNewSuggested)
        await continueAsNew<typeof AttachmentsWorkflow>({ accountId });
    },
    mayContinue: () => requests() === 0,
    standstill: { afterMs: STANDSTILL_MS, end: () => undefined },
    round,
  });
}
