import { ask } from '../../sql/ask.js';
import type { Pool, Transaction } from '../../sql/transaction.js';

/** A fetch in progress has written its file within this time. */
const FETCHED_WITHIN = '1 hour';

/**
 * SQL that deletes rows of `attachments a` and schedules the removal of their files in the same transaction. A file's folder is named after the brand
 * that the attachment had when it was fetched. A file that is being fetched is removed later.
 *
 * @param deletion a DELETE without RETURNING
 */
export function removingFiles(deletion: string): string {
  return `
    WITH gone AS (${deletion} RETURNING a.id, a.brand_id, a.stored_url, a.tried_at)
    INSERT INTO carryover.files_to_remove (folder, due_at)
    SELECT coalesce(substring(gone.stored_url FROM '([0-9]+/[0-9]+/[0-9]+)/[^/]*$'), concat_ws('/', b.account_id, b.id, gone.id)),
      CASE WHEN gone.stored_url IS NULL THEN gone.tried_at + interval '${FETCHED_WITHIN}' ELSE now() END
    FROM gone JOIN brands b ON b.id = gone.brand_id WHERE gone.stored_url IS NOT NULL OR gone.tried_at IS NOT NULL
    ON CONFLICT (folder) DO NOTHING`;
}

/** Deletes the attachments of messages (the store's ids), with their files. */
export async function removeAttachmentsOf(tx: Transaction, messageIds: readonly string[]): Promise<void> {
  await tx.query(removingFiles('DELETE FROM attachments a WHERE message_id = ANY ($1::bigint[])'), [
    messageIds,
  ]);
}

/** Folders whose files may be removed now, at most `limit`. */
export async function filesToRemove(pool: Pool, limit: number): Promise<string[]> {
  const rows = await ask<{ folder: string }>(
    pool,
    'SELECT folder FROM carryover.files_to_remove WHERE due_at <= now() ORDER BY due_at, folder LIMIT $1',
    [limit],
  );
  return rows.map(({ folder }) => folder);
}

export async function noteRemoved(pool: Pool, folders: readonly string[]): Promise<void> {
  if (folders.length === 0) return;
  await ask(pool, 'DELETE FROM carryover.files_to_remove WHERE folder = ANY ($1::text[])', [folders]);
}
