import { NOT_STARTED } from '../../../domain/engine/steering.js';
import { migrationOf } from '../../../domain/conversations/migration.js';
import { verificationWorkflowId } from '../../../domain/conversations/ids.js';
import type { AccountStatus } from '../../../domain/conversations/statuses.js';
import { addAuditEntry } from '../../../gateways/store/migrations/audit.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import {
  type SteeredAccount,
  readSteered,
} from '../../../gateways/store/conversations/status/account-migration.js';
import { lockAccount } from '../../../gateways/store/conversations/status/status-writer.js';
import {
  type RequestedVerification,
  requestVerification,
} from '../../../gateways/store/proof/verifications.js';
import { addWorkflowMessage, wasJustSaid } from '../../../gateways/store/migrations/workflow-messages.js';
import { Problem, unknownAccount } from '../../problems.js';
import type { Asker } from '../../engine/operations/asker.js';

/** Asked for again and again it fills no history: a run that was ended from outside is started anew after this. */
const SAID_AGAIN_AFTER_SECONDS = 10;

/**
 * Has the account verified: the verification, the audit entry and the workflow's message in one transaction. Said again while one
 * runs, paused or not, it is that one. Throws Problem 404; 409 while messages are still being imported, while the migration is paused or
 * cancelled, and for a repair while one without runs; StoreUnavailable.
 */
export async function verify(
  store: Store,
  accountId: string,
  repair: boolean,
  asker: Asker,
): Promise<RequestedVerification> {
  return transaction(store.control, 'verify', async (tx) => {
    if ((await lockAccount(tx, accountId)) === undefined) throw unknownAccount();
    const account = await readSteered(tx, accountId);
    const requested = await requestVerification(tx, migrationOf(accountId), { repair, by: asker.subject });
    if (requested.begun) assertVerifiable(account);
    if (repair && !requested.repair) {
      throw new Problem(
        'conflict',
        'A verification without repair is under way. Ask for the repair once it has ended; GET the migration tells when.',
      );
    }
    const message = {
      migration: migrationOf(accountId),
      workflowId: verificationWorkflowId(accountId),
      signal: 'verify' as const,
      payload: {
        by: asker.subject,
        at: asker.at,
        verificationId: requested.id,
        begun: requested.begun,
      },
    };
    await addAuditEntry(tx, {
      migration: migrationOf(accountId),
      action: repair ? 'repair' : 'verify',
      ...asker.asActor,
    });
    if (requested.begun || !(await wasJustSaid(tx, message, SAID_AGAIN_AFTER_SECONDS)))
      await addWorkflowMessage(tx, message);
    return requested;
  });
}

function assertVerifiable(account: SteeredAccount | undefined): void {
  const { migration, steering = NOT_STARTED } = account ?? {};
  const refuse = (detail: string): never => {
    throw new Problem('conflict', detail);
  };
  if (steering.resetting !== undefined) refuse('The account is being reset: there is nothing to verify.');
  if (steering.startedAt === undefined)
    refuse('There is nothing to verify: the migration has not been started.');
  if (steering.paused !== undefined) refuse('The migration is paused. Resume it, then verify.');
  if (steering.cancelled !== undefined) refuse('The migration is cancelled. Start it again, then verify.');
  if (!isAtRest(migration?.status ?? 'none'))
    refuse(
      'Messages are still being imported. Verify once that has ended: each phase is checked by itself before.',
    );
}

/** All messages are here, or something has failed that a verification may explain. */
function isAtRest(status: AccountStatus): boolean {
  return status === 'all-messages-migrated' || status.endsWith('-failure');
}
