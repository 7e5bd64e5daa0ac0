import { findThreads } from '../../../gateways/store/conversations/import/batches.js';
import type { Turn } from '../../../gateways/store/conversations/verify/turns.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';

/** The source's thread ids → the store's, for threads that the brand has. May hold others, too. */
export type FindThreadIds = (sourceIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** Some megabytes. */
const MOST_KNOWN = 20_000;

/**
 * Remembers the threads that a turn has found, as messages that follow one another are mostly of the same threads. A repair moves threads, so it asks
 * each time.
 */
export function threadIdsOf(pool: Pool, { brandId, repair }: Turn): FindThreadIds {
  let known = new Map<string, string>();
  return async (sourceIds) => {
    if (repair || known.size > MOST_KNOWN) known = new Map();
    const threads = known;
    const unknown = new Set(sourceIds.filter((id) => !threads.has(id)));
    if (unknown.size > 0)
      for (const [sourceId, id] of (await findThreads(pool, brandId, [...unknown])).threadIds)
        threads.set(sourceId, id);
    return threads;
  };
}
