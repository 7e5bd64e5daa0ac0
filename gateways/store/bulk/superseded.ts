import { byteOrder } from '../../../domain/byte-order.js';
import type { MessageRow } from '../../../domain/conversations/rows.js';
import { recordHash, recordHashSql } from './quarantine.js';
import type { Connection } from './transaction.js';

type CopyKey = Pick<MessageRow, 'sourceKey' | 'sourceThreadId'>;

/** Of two copies of one message the smaller key stands for it; of equal keys the one of the smaller thread. */
export function isSmallerCopy(copy: CopyKey, than: CopyKey): boolean {
  const difference = byteOrder(copy.sourceKey, than.sourceKey);
  return difference < 0 || (difference === 0 && byteOrder(copy.sourceThreadId, than.sourceThreadId) < 0);
}

const AGAIN = `
  ON CONFLICT (brand_id, source_key_hash) DO UPDATE SET source_id = excluded.source_id, digest = excluded.digest,
    attachments = excluded.attachments, attachments_digest = excluded.attachments_digest`;

/** Accounts for copies of this brand that were read and do not stand for their messages. */
export async function supersedeRows(
  connection: Connection,
  brandId: string,
  rows: readonly MessageRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const keys = rows.map((row) => `${row.sourceThreadId}/${row.sourceKey}`);
  await connection.query(
    `INSERT INTO superseded_copies
       (brand_id, source_id, source_key, source_key_hash, digest, attachments, attachments_digest)
     SELECT $1::bigint, * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::integer[], $7::numeric[]) ${AGAIN}`,
    [
      brandId,
      rows.map((row) => row.sourceId),
      keys,
      rows.map((row, at) => recordHash(row.sourceKey, keys[at] ?? '')),
      rows.map((row) => String(row.digest)),
      rows.map((row) => row.attachments.length),
      rows.map((row) => String(row.attachmentsDigest)),
    ],
  );
}

/** The same for rows that are still in `messages` and are about to be replaced; each for the brand it was read from. */
export async function supersedeStored(connection: Connection, messageIds: readonly string[]): Promise<void> {
  if (messageIds.length === 0) return;
  await connection.query(
    `INSERT INTO superseded_copies
       (brand_id, source_id, source_key, source_key_hash, digest, attachments, attachments_digest)
     SELECT t.brand_id, m.source_id, m.source_thread_id || '/' || m.source_key,
       ${recordHashSql('m.source_key', "m.source_thread_id || '/' || m.source_key")}, message_digest(m),
       (SELECT count(*) FROM attachments a WHERE a.message_id = m.id),
       (SELECT coalesce(sum(attachment_digest(m.source_id, a)), 0) FROM attachments a WHERE a.message_id = m.id)
     FROM messages m JOIN message_threads t ON t.id = m.thread_id WHERE m.id = ANY ($1::bigint[]) ${AGAIN}`,
    [messageIds],
  );
}
