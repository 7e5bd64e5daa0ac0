import type { MessageRow } from '../../../../domain/conversations/records/rows.js';
import type { ImportedBrand } from '../import/brand.js';
import { ask } from '../../sql/ask.js';
import { RefusedData } from '../../sql/transaction.js';
import type { Pool } from '../../sql/transaction.js';
import type { Turn } from './turns.js';

/** The row with a message's id, and where it should be. */
export interface HeldMessage {
  /** Null if no row has the id. */
  readonly row: {
    readonly id: string;
    readonly sourceKey: string;
    readonly sourceThreadId: string;
    readonly threadId: string;
    readonly digest: bigint;
    /** The store's ids; null if its thread is gone. */
    readonly accountId: string | null;
    readonly brandId: string | null;
    readonly attachments: number;
    readonly attachmentsDigest: bigint;
  } | null;
  /** The brand's thread for the record's source thread; null if there is none. */
  readonly thread: { readonly id: string } | null;
  /** The thread itself is already reported as missing or misplaced, so the place of its messages adds nothing. */
  readonly threadIsNamed: boolean;
}

const LOOK_UP = `
  SELECT m.id, m.source_key, m.source_thread_id, m.thread_id, message_digest(m) AS digest, b.account_id, t.brand_id,
    a.attachments, a.attachments_digest, e.id AS expected, k.row_key IS NOT NULL AS misplaced
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS v (source_id, source_thread_id, n)
  LEFT JOIN messages m ON m.source_id = v.source_id COLLATE "C"
  LEFT JOIN message_threads t ON t.id = m.thread_id
  LEFT JOIN brands b ON b.id = t.brand_id
  LEFT JOIN thread_sources s ON s.source_id = v.source_thread_id COLLATE "C"
  LEFT JOIN message_threads e ON e.id = s.thread_id AND e.brand_id = $3
  LEFT JOIN carryover.verification_marks k ON k.verification_id = $4 AND k.brand_id = $3 AND k.kind = 'misplaced'
    AND k.row_key = v.source_thread_id COLLATE "C"
  CROSS JOIN LATERAL (
    SELECT count(*) AS attachments, coalesce(sum(attachment_digest(m.source_id, a)), 0) AS attachments_digest
    FROM attachments a WHERE a.message_id = m.id
  ) a
  ORDER BY v.n`;

/** Returns what the store holds under the id of each row, in the same order. */
export async function lookUpMessages(
  pool: Pool,
  brand: ImportedBrand,
  turn: Turn,
  rows: readonly MessageRow[],
): Promise<HeldMessage[]> {
  if (rows.length === 0) return [];
  const found = await ask<Record<string, string | null> & { misplaced: boolean }>(pool, LOOK_UP, [
    rows.map((row) => row.sourceId),
    rows.map((row) => row.sourceThreadId),
    brand.id,
    turn.verificationId,
  ]);
  return found.map((row) => ({
    row:
      row['id'] === null
        ? null
        : {
            id: row['id'] ?? '',
            sourceKey: row['source_key'] ?? '',
            sourceThreadId: row['source_thread_id'] ?? '',
            threadId: row['thread_id'] ?? '',
            digest: BigInt(row['digest'] ?? 0),
            accountId: row['account_id'] ?? null,
            brandId: row['brand_id'] ?? null,
            attachments: Number(row['attachments']),
            attachmentsDigest: BigInt(row['attachments_digest'] ?? 0),
          },
    thread: typeof row['expected'] === 'string' ? { id: row['expected'] } : null,
    threadIsNamed: row.misplaced,
  }));
}

const COLUMNS = [
  'direction',
  'kind',
  'author',
  'body',
  'sent_at',
  'telephony',
  'metadata',
  'original',
] as const;

const FIELDS = `
  SELECT v.source_id, array_remove(ARRAY[${COLUMNS.map(
    (column) => `CASE WHEN m.${column} IS DISTINCT FROM v.${column} THEN '${column}' END`,
  ).join(', ')}], NULL) AS fields
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::jsonb[], $8::jsonb[], $9::jsonb[])
    AS v (source_id, ${COLUMNS.join(', ')})
  JOIN messages m ON m.source_id = v.source_id COLLATE "C"`;

/** Message id → the columns in which the stored row differs from what was read; `contents` if PostgreSQL refuses to compare. */
export async function differingColumns(
  pool: Pool,
  rows: readonly MessageRow[],
): Promise<Map<string, readonly string[]>> {
  if (rows.length === 0) return new Map();
  const values = [
    rows.map((row) => row.sourceId),
    rows.map((row) => row.direction),
    rows.map((row) => row.kind),
    rows.map((row) => row.author),
    rows.map((row) => row.body),
    rows.map((row) => row.sentAt),
    rows.map((row) => row.telephony),
    rows.map((row) => row.metadata),
    rows.map((row) => row.original),
  ];
  try {
    const found = await ask<{ source_id: string; fields: string[] }>(pool, FIELDS, values);
    return new Map(found.map((row) => [row.source_id, row.fields]));
  } catch (error) {
    if (!(error instanceof RefusedData)) throw error;
    return new Map(rows.map((row) => [row.sourceId, ['contents']]));
  }
}

export interface HeldAttachment {
  readonly sourceId: string;
  readonly url: string;
  readonly contentType: string | null;
  readonly fileName: string | null;
}

/** The attachments of these messages, by the messages' store ids. */
export async function attachmentsOf(
  pool: Pool,
  messageIds: readonly string[],
): Promise<Map<string, HeldAttachment[]>> {
  if (messageIds.length === 0) return new Map();
  const rows = await ask<Record<string, string | null>>(
    pool,
    `SELECT message_id, source_id, source_url, declared_content_type, file_name FROM attachments
     WHERE message_id = ANY ($1::bigint[])`,
    [messageIds],
  );
  const held = new Map<string, HeldAttachment[]>();
  for (const row of rows) {
    const messageId = row['message_id'] ?? '';
    const attachment = {
      sourceId: row['source_id'] ?? '',
      url: row['source_url'] ?? '',
      contentType: row['declared_content_type'] ?? null,
      fileName: row['file_name'] ?? null,
    };
    held.set(messageId, [...(held.get(messageId) ?? []), attachment]);
  }
  return held;
}
