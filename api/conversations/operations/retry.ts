import type { Clock } from '../../../domain/engine/clock.js';
import { migrationOf } from '../../../domain/conversations/migration.js';
import { portingWorkflowId } from '../../../domain/conversations/ids.js';
import { PORTING_SIGNALS } from '../../../domain/conversations/messages.js';
import { addAuditEntry } from '../../../gateways/store/migrations/audit.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { reopenEndedPorts } from '../../../gateways/store/conversations/account/portings.js';
import { resetUnderWay } from '../../../gateways/store/conversations/reset/reset.js';
import type { Start } from '../../../gateways/store/conversations/status/statuses.js';
import { lockAccount } from '../../../gateways/store/conversations/status/status-writer.js';
import { addWorkflowMessage } from '../../../gateways/store/migrations/workflow-messages.js';
import { unknownAccount } from '../../problems.js';
import type { Asker } from '../../engine/operations/asker.js';
import { startMigration } from './start.js';

/**
 * Has all that failed tried again: ports that the carrier refused or cancelled are ordered anew, also of an account whose
 * messages are all here, which a start leaves alone; the rest is a start. Should this end half-way, the ports go on and the
 * asker, who has no answer, asks again. Throws Problem 404; StoreUnavailable.
 */
export async function retryMigration(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  accountId: string,
  asker: Asker,
): Promise<Start> {
  await transaction(store.control, 'retry-migration', async (tx) => {
    if ((await lockAccount(tx, accountId)) === undefined) throw unknownAccount();
    await addAuditEntry(tx, { migration: migrationOf(accountId), action: 'retry', ...asker.asActor });
    // A reset has ports that had ended ordered again itself.
    if (await resetUnderWay(tx, accountId)) return;
    const reopened = await reopenEndedPorts(tx, accountId);
    for (const { channelId, brandId } of reopened) {
      await addWorkflowMessage(tx, {
        migration: migrationOf(accountId),
        workflowId: portingWorkflowId(accountId, channelId),
        signal: PORTING_SIGNALS.orderAgain,
        unit: brandId,
        payload: { channelId },
      });
    }
  });
  return startMigration({ store, clock }, 'retry', accountId, asker);
}
