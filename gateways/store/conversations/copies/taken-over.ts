import { removeAttachmentsOf } from '../attachments/files-to-remove.js';
import { recountThreads } from '../import/settle.js';
import type { Transaction } from '../../sql/transaction.js';

/** Updates threads that were taken over from another brand: moves their attachments, and recounts the threads on both sides. */
export async function settleTakenOver(
  tx: Transaction,
  brandId: string,
  sourceIds: ReadonlySet<string>,
  left: readonly string[],
): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(
    'SELECT DISTINCT thread_id AS id FROM thread_sources WHERE source_id = ANY ($1::text[])',
    [[...sourceIds]],
  );
  const threadIds = rows.map(({ id }) => id);
  await tx.query(
    `UPDATE attachments a SET brand_id = $1 FROM messages m
     WHERE m.thread_id = ANY ($2::bigint[]) AND a.message_id = m.id AND a.brand_id <> $1`,
    [brandId, threadIds],
  );
  await recountThreads(tx, [...threadIds, ...left]);
}

/**
 * Removes messages that Conversations shows under this brand while another brand still holds them. They have no thread here, so they are now in
 * quarantine instead.
 */
export async function removeStrays(
  tx: Transaction,
  brandId: string,
  messageIds: readonly string[],
): Promise<void> {
  if (messageIds.length === 0) return;
  const { rows } = await tx.query<{ id: string; thread_id: string }>(
    `DELETE FROM messages m USING message_threads t
     WHERE m.id = ANY ($2::bigint[]) AND t.id = m.thread_id AND t.brand_id <> $1 AND EXISTS (
       SELECT FROM quarantined_records q WHERE q.brand_id = $1 AND q.source_table = 'messages' AND q.source_id = m.source_id)
     RETURNING m.id, m.thread_id`,
    [brandId, messageIds],
  );
  if (rows.length === 0) return;
  await removeAttachmentsOf(
    tx,
    rows.map(({ id }) => id),
  );
  await recountThreads(
    tx,
    rows.map((row) => row.thread_id),
  );
}
