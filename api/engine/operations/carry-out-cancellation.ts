import { type Store, inTransaction } from '../../../gateways/store/sql/connect.js';
import { readAccountMigration } from '../../../gateways/store/conversations/status/migration-columns.js';
import { recordCancellation } from '../../../gateways/store/conversations/status/statuses.js';
import { lockAccount } from '../../../gateways/store/conversations/status/status-writer.js';

/**
 * For a cancel that found no workflow which could write down that it was cancelled. Nothing happens when a start has taken the
 * cancellation back meanwhile.
 */
export async function carryOutCancellation(store: Store, accountId: string, by: string): Promise<void> {
  await inTransaction(store, async (tx) => {
    const rowId = await lockAccount(tx, accountId);
    if (rowId === undefined) return;
    const { migration } = await tx.account.findUniqueOrThrow({
      where: { id: rowId },
      select: { migration: true },
    });
    if (readAccountMigration(migration)?.cancelled === undefined) return;
    await recordCancellation(tx, accountId, by);
  });
}
