import { followedBrandsToFetch } from '../../../gateways/store/conversations/attachments/brands-to-fetch.js';
import { attachmentFetcher } from '../attachments/fetch-attachments.js';
import type { FetchAttachmentsDependencies } from '../attachments/fetch-attachments.js';

/** For one brand, so that those of others need not wait for long. */
const BRAND_MS = 20_000;

/**
 * Fetches attachments that following has brought after the brands' own workflows have ended, brand by brand. Returns when none is due. Claims keep several
 * callers, and those workflows, out of each other's way. Throws AttachmentsUnavailable, StoreUnavailable, or the signal's reason.
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
