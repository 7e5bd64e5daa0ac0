import { migrationOf } from '../../../domain/conversations/migration.js';
import type { Failure } from '../../../domain/engine/failures.js';
import { migrationWorkflowId, verificationWorkflowId } from '../../../domain/conversations/ids.js';
import { NOT_STARTED } from '../../../domain/engine/steering.js';
import { SIGNALS } from '../../../domain/engine/messages.js';
import type { AccountStatus } from '../../../domain/conversations/statuses.js';
import { addAuditEntry } from '../../../gateways/store/migrations/audit.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import type { Transaction } from '../../../gateways/store/sql/transaction.js';
import { readSteered } from '../../../gateways/store/conversations/status/account-migration.js';
import {
  clearPaused,
  requestCancellation,
  setPaused,
} from '../../../gateways/store/conversations/status/statuses.js';
import {
  type StatusChange,
  lockAccount,
} from '../../../gateways/store/conversations/status/status-writer.js';
import { endVerification } from '../../../gateways/store/conversations/verify/verifications.js';
import { runningVerification } from '../../../gateways/store/proof/verifications.js';
import { addWorkflowMessage } from '../../../gateways/store/migrations/workflow-messages.js';
import { Problem, unknownAccount } from '../../problems.js';
import type { Asker } from '../../engine/operations/asker.js';

export const STEERINGS = ['pause', 'resume', 'cancel'] as const;
export type SteeringAction = (typeof STEERINGS)[number];

/**
 * Pauses, resumes or cancels a migration, and with it a verification that is under way: the flag that imports look at, the audit entry
 * and the workflows' messages in one transaction. Said twice it holds since the first time. Once all messages are migrated there is only
 * a verification to steer: cancelled it has failed, what it has found stays, and another may be asked for; without one
 * nothing happens but the audit entry. Answers the account's status. Throws Problem 404, 409 for an account that was never started; StoreUnavailable.
 */
export async function steer(
  store: Store,
  action: SteeringAction,
  accountId: string,
  asker: Asker,
): Promise<AccountStatus> {
  return transaction(store.control, 'steer', async (tx) => {
    const { status, isPaused } = await startedAccount(tx, action, accountId);
    const verificationId = await runningVerification(tx, migrationOf(accountId));
    const isMigrated = status === 'all-messages-migrated';
    await addAuditEntry(tx, { migration: migrationOf(accountId), action, ...asker.asActor });
    if (isMigrated && verificationId === undefined && !(isPaused && action === 'resume')) return status;
    // A migration that is done is not cancelled: its verification is, and then nothing is left that could be paused.
    const isVerificationsAlone = isMigrated && action === 'cancel';
    const change = await setFlag(tx, isVerificationsAlone ? 'resume' : action, accountId, asker.subject);
    if (action === 'cancel' && verificationId !== undefined)
      await endVerification(tx, verificationId, cancelled(accountId, asker.subject));
    const workflowIds = [
      ...(isVerificationsAlone ? [] : [migrationWorkflowId(accountId)]),
      ...(verificationId === undefined ? [] : [verificationWorkflowId(accountId)]),
    ];
    const payload = { by: asker.subject, at: asker.at };
    for (const workflowId of workflowIds)
      await addWorkflowMessage(tx, {
        migration: migrationOf(accountId),
        workflowId,
        signal: SIGNALS[action],
        payload,
      });
    return change?.status ?? status;
  });
}

function cancelled(accountId: string, by: string): Failure {
  const message = `The verification of account ${accountId} was cancelled by ${by}.`;
  return { type: 'VerificationCancelled', message };
}

interface StartedAccount {
  readonly status: AccountStatus;
  readonly isPaused: boolean;
}

async function startedAccount(tx: Transaction, action: string, accountId: string): Promise<StartedAccount> {
  if ((await lockAccount(tx, accountId)) === undefined) throw unknownAccount();
  const { migration, steering = NOT_STARTED } = (await readSteered(tx, accountId)) ?? {};
  if (steering.resetting !== undefined) {
    throw new Problem(
      'conflict',
      `There is nothing to ${action} yet: the account is being reset. The migration begins again when that is done.`,
    );
  }
  if (steering.startedAt === undefined) {
    throw new Problem('conflict', `There is nothing to ${action}: the migration has not been started.`);
  }
  return { status: migration?.status ?? 'none', isPaused: steering.paused !== undefined };
}

function setFlag(
  tx: Transaction,
  action: SteeringAction,
  accountId: string,
  by: string,
): Promise<StatusChange | undefined> {
  switch (action) {
    case 'pause':
      return setPaused(tx, accountId, by);
    case 'resume':
      return clearPaused(tx, accountId);
    case 'cancel':
      return requestCancellation(tx, accountId, by);
  }
}
