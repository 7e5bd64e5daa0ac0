import type { ConversationsSignals } from '../../../../domain/conversations/messages.js';
import { migrationOf } from '../../../../domain/conversations/migration.js';
import { operationWorkflowId } from '../../../../domain/conversations/ids.js';
import type { Steering } from '../../../../domain/engine/messages.js';
import type { Transaction } from '../../sql/transaction.js';
import { addWorkflowMessage } from '../../migrations/workflow-messages.js';
import { currentCertificate } from '../../proof/certificates.js';

export interface Waiver {
  /** The token's `sub`. */
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
}

/** The account's records with these ids stay out and need no person any more; waived anew they have the newer reason. Answers how many. */
export function waiveRecords(
  tx: Transaction,
  accountId: string,
  ids: readonly string[],
  { by, reason }: Omit<Waiver, 'at'>,
): Promise<number> {
  return tx.run`
    UPDATE quarantined_records SET waived_at = clock_timestamp(), waived_by = ${by}, waived_reason = ${reason}
    WHERE account_source_id = ${accountId} AND id = ANY (${[...ids]}::text[]::bigint[])`;
}

/** They need a person again. Answers how many were waived. */
export function revokeWaivers(tx: Transaction, accountId: string, ids: readonly string[]): Promise<number> {
  return tx.run`
    UPDATE quarantined_records SET waived_at = NULL, waived_by = NULL, waived_reason = NULL
    WHERE account_source_id = ${accountId} AND id = ANY (${[...ids]}::text[]::bigint[]) AND waived_at IS NOT NULL`;
}

/**
 * A current certificate says who waived what: one that says it anew is made by the workflow that retries records, asked to retry none. The
 * key is a worker's alone.
 */
export async function haveWaiversCertified(
  tx: Transaction,
  accountId: string,
  { by, at }: Steering,
): Promise<void> {
  if ((await currentCertificate(tx, migrationOf(accountId))) === undefined) return;
  await addWorkflowMessage<ConversationsSignals>(tx, {
    migration: migrationOf(accountId),
    workflowId: operationWorkflowId(accountId, 'retry-quarantined'),
    signal: 'retry-quarantined',
    payload: { records: [], by, at },
  });
}
