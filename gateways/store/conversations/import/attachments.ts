import type { MessageRow } from '../../../../domain/conversations/records/rows.js';
import { removingFiles } from '../attachments/files-to-remove.js';
import { stageAttachments } from './staging.js';
import type { Transaction } from '../../sql/transaction.js';

/** SQL: how many attachments the message `m` has, and the sum of their digests. */
export const ATTACHMENT_SUMS = `
  (SELECT count(*) FROM attachments a WHERE a.message_id = m.id) AS attachments,
  (SELECT coalesce(sum(attachment_digest(m.source_id, a)), 0) FROM attachments a WHERE a.message_id = m.id) AS attachments_digest`;

/** Writes the attachments of these messages, which are already in the store. An unchanged attachment keeps its fetched file. Once a transaction. */
export async function writeAttachments(tx: Transaction, rows: readonly MessageRow[]): Promise<void> {
  const withAny = rows.filter((row) => row.attachments.length > 0);
  if (withAny.length === 0) return;
  await stageAttachments(tx, withAny);
  await tx.query(
    `INSERT INTO attachments (message_id, brand_id, source_id, source_url, declared_content_type, file_name)
     SELECT m.id, t.brand_id, a.source_id, a.source_url, a.content_type, a.file_name
     FROM staged_attachments a JOIN messages m ON m.source_id = a.message_source_id JOIN message_threads t ON t.id = m.thread_id
     ORDER BY m.id, a.source_id
     ON CONFLICT (message_id, source_id) DO UPDATE SET brand_id = excluded.brand_id, source_url = excluded.source_url,
       declared_content_type = excluded.declared_content_type, file_name = excluded.file_name
     WHERE (attachments.brand_id, attachments.source_url, attachments.declared_content_type, attachments.file_name)
       IS DISTINCT FROM (excluded.brand_id, excluded.source_url, excluded.declared_content_type, excluded.file_name)`,
  );
}

/** Removes attachments that the messages' new copies, staged in `staged_messages`, do not have under the same address. */
export async function removeAttachments(
  tx: Transaction,
  messageIds: readonly string[],
  kept: readonly MessageRow[],
): Promise<void> {
  const files = kept.flatMap((row) =>
    row.attachments.map((attachment) => [row.sourceId, attachment.sourceId, attachment.url] as const),
  );
  await tx.query(
    removingFiles(`
      DELETE FROM attachments a USING messages m
      WHERE m.id = a.message_id AND a.message_id = ANY ($1::bigint[]) AND NOT EXISTS (
        SELECT FROM unnest($2::text[], $3::text[], $4::text[]) AS kept (message_source_id, source_id, source_url)
        WHERE kept.message_source_id COLLATE "C" = m.source_id AND kept.source_id COLLATE "C" = a.source_id
          AND kept.source_url = a.source_url)`),
    [messageIds, files.map(([id]) => id), files.map(([, id]) => id), files.map(([, , url]) => url)],
  );
}
