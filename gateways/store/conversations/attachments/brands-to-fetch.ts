import type { ConversationsSignals } from '../../../../domain/conversations/messages.js';
import { CONVERSATIONS, migrationOf } from '../../../../domain/conversations/migration.js';
import { operationWorkflowId } from '../../../../domain/conversations/ids.js';
import sql, { raw } from 'sql-template-tag';
import { ask } from '../../sql/ask.js';
import type { Store } from '../../sql/connect.js';
import type { Pool, Transaction } from '../../sql/transaction.js';
import { ATTACHMENT_STATES } from './attachment-states.js';
import { IS_HALTED } from '../../migrations/migrations.js';
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

/** SQL: the shortest pause between two tries of a file. */
const PAUSE = '1 minute';

/** The brands with due attachments, of followed accounts whose own workflows have ended. Excludes accounts whose migration is held. */
export function followedBrandsToFetch(pool: Pool): Promise<{ accountId: string; brandId: string }[]> {
  return ask<{ accountId: string; brandId: string }>(
    pool,
    `SELECT f.account_id AS "accountId", f.brand_id AS "brandId"
     FROM carryover.followed_brands f JOIN carryover.followed_accounts o ON o.account_id = f.account_id AND o.until IS NULL
     JOIN brands b ON b.source_id = f.brand_id
     JOIN carryover.migrations m ON m.kind = '${CONVERSATIONS}' AND m.subject = f.account_id AND NOT ${IS_HALTED}
       AND m.resetting IS NULL AND m.status = 'all-messages-migrated'
     WHERE EXISTS (
       SELECT FROM attachments x WHERE x.brand_id = b.id AND ${ATTACHMENT_STATES.waiting}
         AND (x.tried_at IS NULL OR x.tried_at < clock_timestamp() - interval '${PAUSE}'))
     ORDER BY b.id`,
  );
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
