import { migrationOf } from '../../../domain/conversations/migration.js';
import { operationWorkflowId } from '../../../domain/conversations/ids.js';
import type { Operation, OperationSignals } from '../../../domain/conversations/operations.js';
import { addAuditEntry } from '../../../gateways/store/migrations/audit.js';
import type { Transaction } from '../../../gateways/store/sql/transaction.js';
import { resetUnderWay } from '../../../gateways/store/conversations/reset/reset.js';
import { lockAccount } from '../../../gateways/store/conversations/status/status-writer.js';
import { type MessageOf, addWorkflowMessage } from '../../../gateways/store/migrations/workflow-messages.js';
import { Problem, unknownAccount } from '../../http/problems.js';
import type { Asker } from '../../engine/operations/asker.js';

type Retry = Exclude<Operation, 'reset'>;

/** Locks the account. Throws Problem 404; 409 while it is being reset. */
export async function lockForRetry(tx: Transaction, accountId: string): Promise<void> {
  if ((await lockAccount(tx, accountId)) === undefined) throw unknownAccount();
  if (await resetUnderWay(tx, accountId)) {
    throw new Problem(
      'conflict',
      'The account is being reset: what has failed is being deleted with the rest.',
    );
  }
}

/** Writes the audit entry and the message that starts the work, in the caller's transaction. */
export async function askFor<Signal extends Retry>(
  tx: Transaction,
  signal: Signal,
  accountId: string,
  asker: Asker,
  more: Omit<OperationSignals[Signal], 'by' | 'at'>,
): Promise<void> {
  await addAuditEntry(tx, { migration: migrationOf(accountId), action: signal, ...asker.asActor });
  const payload = { ...more, by: asker.subject, at: asker.at };
  const workflowId = operationWorkflowId(accountId, signal);
  const message = { migration: migrationOf(accountId), workflowId, signal, payload };
  await addWorkflowMessage<OperationSignals>(tx, message as unknown as MessageOf<OperationSignals>);
}
