import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { readSteered } from '../../../gateways/store/conversations/status/account-migration.js';
import { recordCancellation } from '../../../gateways/store/conversations/status/statuses.js';
import { lockAccount } from '../../../gateways/store/conversations/status/status-writer.js';

/**
 * For a cancel that found no workflow which could write down that it was cancelled. Nothing happens when a start has taken the
 * cancellation back meanwhile.
 */
export async function carryOutCancellation(store: Store, accountId: string, by: string): Promise<void> {
  await transaction(store.control, 'carry-out-cancellation', async (tx) => {
    await lockAccount(tx, accountId);
    if ((await readSteered(tx, accountId))?.steering.cancelled === undefined) return;
    await recordCancellation(tx, accountId, by);
  });
}
