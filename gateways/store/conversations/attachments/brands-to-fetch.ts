import { operationWorkflowId } from '../../../../domain/engine/ids.js';
import { Prisma } from '../../../../generated/prisma/client.js';
import { ask } from '../../sql/ask.js';
import { ATTACHMENT_STATES } from './attachment-states.js';
import type { Store } from '../../sql/connect.js';
import type { SqlTransaction } from '../../sql/sql-transaction.js';
import { addWorkflowMessage } from '../../migrations/workflow-messages.js';

const brandsToFetchOf = (accountId: string) => Prisma.sql`
  SELECT b.source_id FROM brands b JOIN accounts a ON a.id = b.account_id
  WHERE a.source_id = ${accountId}
    AND EXISTS (SELECT FROM attachments x WHERE x.brand_id = b.id AND ${Prisma.raw(ATTACHMENT_STATES.waiting)})
  ORDER BY b.id`;

/** The account's brands (Conversations' ids) that have attachments which may still be fetched. */
export async function brandsToFetch({ pool }: Pick<Store, 'pool'>, accountId: string): Promise<string[]> {
  const rows = await ask<{ source_id: string }>(pool, brandsToFetchOf(accountId));
  return rows.map((row) => row.source_id);
}

/**
 * After messages were taken outside of an import, whose brands' own workflows may have ended: has their attachments fetched, and
 * leaves no message where there are none. A second call does no harm.
 */
export async function haveAttachmentsFetched(tx: SqlTransaction, accountId: string): Promise<void> {
  const brands = await tx.$queryRaw<unknown[]>(brandsToFetchOf(accountId));
  if (brands.length === 0) return;
  const kind = 'retry-attachments';
  await addWorkflowMessage(tx, {
    accountId,
    workflowId: operationWorkflowId(accountId, kind),
    kind,
    payload: { by: 'Carryover', at: new Date().toISOString() },
  });
}
