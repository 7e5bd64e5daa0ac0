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

/** Waives the account's records with these ids: they stay out and no longer need a person. A repetition replaces the reason. Returns how many. */
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

/** Revokes waivers, so that the records need a person again. Returns how many were waived. */
export function revokeWaivers(tx: Transaction, accountId: string, ids: readonly string[]): Promise<number> {
  return tx.run`
    UPDATE quarantined_records SET waived_at = NULL, waived_by = NULL, waived_reason = NULL
    WHERE account_source_id = ${accountId} AND id = ANY (${[...ids]}::text[]::bigint[]) AND waived_at IS NOT NULL`;
}

/**
 * A current certificate states who waived what. The workflow that retries records issues a new one, called here with no records to retry, because
 * only workers may use the signing key.
 */
export async function requestWaiverCertificate(
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
