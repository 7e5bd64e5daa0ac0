import { systemClock } from '../../clock.js';
import type { Transaction } from '../../store/sql/transaction.js';
import { json } from './json.js';
import type { InboxMigration, OnLock } from './migration.js';
import type { BatchLimits } from './read-batch.js';

/**
 * Brings the daily figures of an inbox in line with its events, a batch of them. Returns whether that was the last batch. Changes that Chatwoot makes
 * meanwhile are left to Chatwoot.
 *
 * @param since leaves days before it alone
 */
export async function rebuildRollups(
  tx: Transaction,
  { id, batches, accountId }: InboxMigration,
  inbox: string,
  limits: BatchLimits,
  onLock: OnLock,
  since: string | null = null,
): Promise<boolean> {
  const { changed, lockMs } = await json<{ readonly changed: number; readonly lockMs: number }>(
    tx,
    'inbox_rebuild_rollups($1, $2, $3, $4, $5, $6)',
    [id, batches, accountId, inbox, since, limits.messages],
  );
  if (changed > 0) onLock(systemClock.elapsed() - lockMs);
  return changed < limits.messages;
}
