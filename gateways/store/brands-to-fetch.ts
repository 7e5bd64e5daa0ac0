import { operationWorkflowId } from '../../domain/ids.js';
import { ask } from './ask.js';
import { ATTACHMENT_STATES } from './attachment-states.js';
import type { Store, StoreTransaction } from './connect.js';
import { addWorkflowMessage } from './workflow-messages.js';

const BRANDS_TO_FETCH = `
  SELECT b.source_id FROM brands b JOIN accounts a ON a.id = b.account_id
  WHERE a.source_id = $1 AND EXISTS (SELECT FROM attachments x WHERE x.brand_id = b.id AND ${ATTACHMENT_STATES.waiting})
  ORDER BY b.id`;

/** The account's brands (Conversations' ids) that have attachments which may still be fetched. */
export async function brandsToFetch({ pool }: Pick<Store, 'pool'>, accountId: string): Promise<string[]> {
  const rows = await ask<{ source_id: string }>(pool, BRANDS_TO_FETCH, [accountId]);
  return rows.map((row) => row.source_id);
}

/**
 * After messages were taken outside of an import, whose brands' own workflows may have ended: has their attachments fetched, and
 * leaves no message where there are none. A second call does no harm.
 */
export async function haveAttachmentsFetched(tx: StoreTransaction, accountId: string): Promise<void> {
  const brands = await tx.$queryRawUnsafe<unknown[]>(BRANDS_TO_FETCH, accountId);
  if (brands.length === 0) return;
  const kind = 'retry-attachments';
  await addWorkflowMessage(tx, {
    accountId,
    workflowId: operationWorkflowId(accountId, kind),
    kind,
    payload: { by: 'Carryover', at: new Date().toISOString() },
  });
}
