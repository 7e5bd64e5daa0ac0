import type { SourceTables } from './client.js';
import type { Item } from './items.js';
import { getRecords } from './records.js';

/**
 * Reads the brand's thread records with these ids, in no particular order, without those that do not exist. Throws CarryoverError (Source…), or the
 * signal's reason.
 */
export function fetchThreads(
  tables: SourceTables,
  brandId: string,
  threadIds: readonly string[],
  signal?: AbortSignal,
): Promise<Item[]> {
  const keys = threadIds.map((threadId) => ({ hash: brandId, range: threadId }));
  return getRecords(tables, 'threads', keys, `looking up threads of brand ${brandId}`, signal);
}
