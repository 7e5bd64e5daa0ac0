import { findThreads } from '../../../gateways/store/conversations/import/batches.js';
import type { Turn } from '../../../gateways/store/conversations/verify/turns.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import { rememberThreads } from '../import/remembered-threads.js';

/** The source's thread ids → the store's, for threads that the brand has. May hold others, too. */
export type FindThreadIds = (sourceIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** Caches the threads that a turn has found. A repair moves threads, so it does not use the cache. */
export function threadIdsOf(pool: Pool, { brandId, repair }: Turn): FindThreadIds {
  const remembered = rememberThreads(pool, brandId);
  return async (sourceIds) => {
    const distinct = [...new Set(sourceIds)];
    const { threadIds } = await (repair ? findThreads(pool, brandId, distinct) : remembered(distinct));
    return threadIds;
  };
}
