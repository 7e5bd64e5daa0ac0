import type { ConversationsSignals } from '../../../../domain/conversations/messages.js';
import { migrationOf } from '../../../../domain/conversations/migration.js';
import { operationWorkflowId } from '../../../../domain/conversations/ids.js';
import sql, { raw } from 'sql-template-tag';
import { ask } from '../../sql/ask.js';
import type { Store } from '../../sql/connect.js';
import type { Transaction } from '../../sql/transaction.js';
import { ATTACHMENT_STATES } from './attachment-states.js';
import { addWorkflowMessage } from '../../migrations/workflow-messages.js';

const brandsToFetchOf = (accountId: string) => sql`
  SELECT b.source_id FROM brands b JOIN accounts a ON a.id = b.account_id
  WHERE a.source_id = ${accountId}
    AND EXISTS (SELECT FROM attachments x WHERE x.brand_id = b.id AND ${raw(ATTACHMENT_STATES.waiting)})
  ORDER BY b.id`;

/** The account's brands (Conversations' ids) with attachments that may still be fetched. */
export async function brandsToFetch({ pool }: Pick<Store, 'pool'>, accountId: string): Promise<string[]> {
  const rows = await ask<{ source_id: string }>(pool, brandsToFetchOf(accountId));
  return rows.map((row) => row.source_id);
}

/**
 * Requests the fetch of attachments after messages were taken outside of an import, when the brands' own workflows may have ended. Sends no message
 * if there are none. Idempotent. `at`: now, ISO 8601.
 */
export async function requestAttachments(tx: Transaction, accountId: string, at: string): Promise<void> {
  const brands = await tx.rows(brandsToFetchOf(accountId));
  if (brands.length === 0) return;
  const signal = 'retry-attachments';
  await addWorkflowMessage<ConversationsSignals>(tx, {
    migration: migrationOf(accountId),
    workflowId: operationWorkflowId(accountId, signal),
    signal,
    payload: { by: 'Carryover', at },
  });
}
