import { migrationWorkflowId } from '../../domain/ids.js';
import { SIGNALS } from '../../domain/messages.js';
import type { AccountStatus } from '../../domain/statuses.js';
import { addAuditEntry } from '../../gateways/store/audit.js';
import { type Store, type StoreTransaction, inTransaction } from '../../gateways/store/connect.js';
import { readAccountMigration } from '../../gateways/store/migration-columns.js';
import {
  type StatusChange,
  clearPaused,
  lockAccount,
  requestCancellation,
  setPaused,
} from '../../gateways/store/statuses.js';
import { addWorkflowMessage } from '../../gateways/store/workflow-messages.js';
import { Problem, unknownAccount } from '../problems.js';
import type { Asker } from './asker.js';

export const STEERINGS = ['pause', 'resume', 'cancel'] as const;
export type SteeringAction = (typeof STEERINGS)[number];

/**
 * Pauses, resumes or cancels a migration: the flag that imports look at, the audit entry and the workflow's message in one
 * transaction. Said twice it holds since the first time; once all is done there is nothing left to steer and nothing happens.
 * Answers the account's status. Throws Problem 404, 409 for an account that was never started; StoreUnavailable.
 */
export async function steer(
  store: Store,
  action: SteeringAction,
  accountId: string,
  asker: Asker,
): Promise<AccountStatus> {
  return inTransaction(store, async (tx) => {
    const status = await startedStatus(tx, action, accountId);
    if (status === 'all-messages-migrated') return status;
    const change = await setFlag(tx, action, accountId, asker.subject);
    await addAuditEntry(tx, { accountId, action, ...asker.asActor });
    await addWorkflowMessage(tx, {
      accountId,
      workflowId: migrationWorkflowId(accountId),
      kind: SIGNALS[action],
      payload: { by: asker.subject, at: new Date().toISOString() },
    });
    return change?.status ?? status;
  });
}

async function startedStatus(
  tx: StoreTransaction,
  action: string,
  accountId: string,
): Promise<AccountStatus> {
  const rowId = await lockAccount(tx, accountId);
  if (rowId === undefined) throw unknownAccount();
  const { migration: column } = await tx.account.findUniqueOrThrow({
    where: { id: rowId },
    select: { migration: true },
  });
  const migration = readAccountMigration(column);
  if (migration?.resetting !== undefined) {
    throw new Problem(
      'conflict',
      `There is nothing to ${action} yet: the account is being reset. The migration begins again when that is done.`,
    );
  }
  if (migration?.startedAt === undefined) {
    throw new Problem('conflict', `There is nothing to ${action}: the migration has not been started.`);
  }
  return migration.status;
}

function setFlag(
  tx: StoreTransaction,
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
