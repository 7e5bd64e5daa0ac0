import { findThreads } from '../../../gateways/store/conversations/import/batches.js';
import type { FoundThreads } from '../../../gateways/store/conversations/import/batches.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';

/** Finds the threads that a brand has by the source's ids. May return others, too. */
export type FindThreads = (sourceIds: readonly string[]) => Promise<FoundThreads>;

/** Some megabytes. */
const MOST_KNOWN = 20_000;

/**
 * Caches the threads that it has found, because neighbouring pages mostly have messages of the same threads. While a brand's messages are imported,
 * only following takes source threads away from their threads. Each call therefore asks for the brand's following position, and clears the cache once
 * following has done so.
 */
export function rememberThreads(pool: Pool, brandId: string): FindThreads {
  let known = { threadIds: new Map<string, string>(), since: '0' };
  return async (sourceIds) => {
    if (known.threadIds.size > MOST_KNOWN) known = { ...known, threadIds: new Map() };
    const { threadIds, since } = known;
    const unknown = sourceIds.filter((id) => !threadIds.has(id));
    const found = await findThreads(pool, brandId, unknown);
    if (BigInt(found.displaced) > BigInt(since)) {
      const all = await findThreads(pool, brandId, sourceIds);
      known = { threadIds: new Map(all.threadIds), since: all.applied };
      return all;
    }
    for (const [sourceId, id] of found.threadIds) threadIds.set(sourceId, id);
    return { ...found, threadIds };
  };
}
