import { byteOrder } from '../../../../domain/engine/bytes/order.js';
import type { MessageRow } from '../../../../domain/conversations/records/rows.js';
import { ATTACHMENT_SUMS } from '../import/attachments.js';
import { recordHash, recordHashSql } from '../import/quarantine.js';
import type { Transaction } from '../../sql/transaction.js';

type CopyKey = Pick<MessageRow, 'sourceKey' | 'sourceThreadId'>;

/** The copy of a message with the smaller key wins; for equal keys, the copy in the thread with the smaller id. */
export function isSmallerCopy(copy: CopyKey, than: CopyKey): boolean {
  const difference = byteOrder(copy.sourceKey, than.sourceKey);
  return difference < 0 || (difference === 0 && byteOrder(copy.sourceThreadId, than.sourceThreadId) < 0);
}

const AGAIN = `
  ON CONFLICT (brand_id, source_key_hash) DO UPDATE SET source_id = excluded.source_id, digest = excluded.digest,
    attachments = excluded.attachments, attachments_digest = excluded.attachments_digest`;

/** The hash of a superseded copy that was mapped to a row. */
export function supersededHash({ sourceKey, sourceThreadId }: CopyKey): string {
  return recordHash(sourceKey, `${sourceThreadId}/${sourceKey}`);
}

/** Records copies of this brand that did not win; updates existing ones. */
export async function supersedeRows(
  tx: Transaction,
  brandId: string,
  rows: readonly MessageRow[],
): Promise<void> {
  if (rows.length > 0) await writeSuperseded(tx, brandId, rows, AGAIN);
}

/** The same; returns the previous `digest`, `attachments` and `attachments_digest` of existing ones. */
export async function supersedeAgain(
  tx: Transaction,
  brandId: string,
  rows: readonly MessageRow[],
): Promise<Record<string, string>[]> {
  if (rows.length === 0) return [];
  const written = await writeSuperseded(tx, brandId, rows, LEFT_ALONE);
  const fresh = new Set(written.map((row) => row['source_key_hash']));
  const again = rows.filter((row) => !fresh.has(supersededHash(row)));
  if (again.length === 0) return [];
  const { rows: before } = await tx.query<Record<string, string>>(
    `SELECT digest, attachments, attachments_digest FROM carryover.superseded_copies
     WHERE brand_id = $1 AND source_key_hash = ANY ($2::text[]) ORDER BY id FOR UPDATE`,
    [brandId, again.map(supersededHash)],
  );
  await writeSuperseded(tx, brandId, again, AGAIN);
  return before;
}

const LEFT_ALONE = 'ON CONFLICT (brand_id, source_key_hash) DO NOTHING RETURNING source_key_hash';

async function writeSuperseded(
  tx: Transaction,
  brandId: string,
  rows: readonly MessageRow[],
  onConflict: string,
): Promise<Record<string, string>[]> {
  const keys = rows.map((row) => `${row.sourceThreadId}/${row.sourceKey}`);
  const written = await tx.query<Record<string, string>>(
    `INSERT INTO carryover.superseded_copies
       (brand_id, source_id, source_key, source_key_hash, digest, attachments, attachments_digest)
     SELECT $1::bigint, * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::integer[], $7::numeric[]) ${onConflict}`,
    [
      brandId,
      rows.map((row) => row.sourceId),
      keys,
      rows.map(supersededHash),
      rows.map((row) => String(row.digest)),
      rows.map((row) => row.attachments.length),
      rows.map((row) => String(row.attachmentsDigest)),
    ],
  );
  return written.rows;
}

/** The same for rows of `messages` that are about to be replaced, each for the brand that read it. */
export async function supersedeStored(tx: Transaction, messageIds: readonly string[]): Promise<void> {
  if (messageIds.length === 0) return;
  await tx.query(
    `INSERT INTO carryover.superseded_copies
       (brand_id, source_id, source_key, source_key_hash, digest, attachments, attachments_digest)
     SELECT t.brand_id, m.source_id, m.source_thread_id || '/' || m.source_key,
       ${recordHashSql('m.source_key', "m.source_thread_id || '/' || m.source_key")}, message_digest(m),
       ${ATTACHMENT_SUMS}
     FROM messages m JOIN message_threads t ON t.id = m.thread_id WHERE m.id = ANY ($1::bigint[]) ${AGAIN}`,
    [messageIds],
  );
}
