import { verificationWorkflowId } from '../../../../domain/conversations/ids.js';
import { migrationOf } from '../../../../domain/conversations/migration.js';
import { addWorkflowMessage } from '../../migrations/workflow-messages.js';
import { requestVerification } from '../../proof/verifications.js';
import type { Transaction } from '../../sql/transaction.js';
import { STEERED_ACCOUNTS } from '../status/steered-accounts.js';

/** The requester, as shown in the audit and the verification. */
export const FOLLOWING = 'following';
/** The same as an actor of the audit. */
export const FOLLOWING_ACTOR = { actor: FOLLOWING, role: 'carryover', remoteAddress: null };

/** The pause after a repair that did not help, since another one costs as much. */
export const AGAIN_AFTER = '1 hour';

/**
 * Asks for a verification with repair, as an operator would. Undefined while one is running, the migration is held, or not everything is imported.
 * Locks the account. Returns the verification's id.
 */
export async function askRepair(
  tx: Transaction,
  accountId: string,
  { by = FOLLOWING, at }: { readonly by?: string; readonly at: string },
): Promise<string | undefined> {
  const locked = await STEERED_ACCOUNTS.lock(tx, accountId);
  const { paused, cancelled, resetting } = locked?.steering ?? {};
  if (locked?.status !== 'all-messages-migrated' || (paused ?? cancelled ?? resetting) !== undefined)
    return undefined;
  const migration = migrationOf(accountId);
  const { id, begun } = await requestVerification(tx, migration, { repair: true, by });
  if (!begun) return undefined;
  await addWorkflowMessage(tx, {
    migration,
    workflowId: verificationWorkflowId(accountId),
    signal: 'verify',
    payload: { by, at, verificationId: id, begun },
  });
  return id;
}
