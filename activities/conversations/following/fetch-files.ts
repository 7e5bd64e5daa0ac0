import { followedBrandsToFetch } from '../../../gateways/store/conversations/attachments/brands-to-fetch.js';
import { attachmentFetcher } from '../attachments/fetch-attachments.js';
import type { FetchAttachmentsDependencies } from '../attachments/fetch-attachments.js';

/** The time for one brand, so that other brands need not wait for long. */
const BRAND_MS = 20_000;

/**
 * Fetches attachments that following has imported after the brands' own workflows have ended, brand by brand. Returns when none is due. Claims
 * separate concurrent callers and those workflows. Throws AttachmentsUnavailable, StoreUnavailable, or the signal's reason.
 */
export function createFetchFollowedFiles(
  dependencies: FetchAttachmentsDependencies,
): (signal: AbortSignal) => Promise<void> {
  const options = { durationMs: BRAND_MS, ...dependencies.options };
  const begin = attachmentFetcher({ ...dependencies, options });
  return async (signal) => {
    for (const brand of await followedBrandsToFetch(dependencies.store.pool))
      await begin(brand, signal).runToEnd(() => undefined);
  };
}
