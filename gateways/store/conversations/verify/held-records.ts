import type { QuarantinedRecord, SourceTable } from '../../../../domain/conversations/records/rows.js';
import type { ImportedBrand } from '../import/brand.js';
import { recordHash } from '../import/quarantine.js';
import { ask } from '../../sql/ask.js';
import type { Pool } from '../../sql/transaction.js';

/** What is kept of a record that is not a row: in quarantine, as a superseded copy, or neither. */
export interface KeptRecord {
  readonly quarantined: {
    readonly id: string;
    /** What differs from how the record would be quarantined now: `account`, `key`, `source_id`, `reason`, `raw`. */
    readonly fields: readonly string[];
    readonly reason: string;
  } | null;
  readonly superseded: {
    readonly id: string;
    /** What the copy added to the digests; zero if it had been quarantined. */
    readonly digest: bigint;
    readonly attachments: number;
    readonly attachmentsDigest: bigint;
  } | null;
  /** What other brands of the account keep of it, because it has moved since. */
  readonly elsewhere: readonly KeptElsewhere[];
}

export interface KeptElsewhere {
  readonly kind: 'quarantined' | 'superseded';
  /** Store ids. */
  readonly id: string;
  readonly brandId: string;
}

/** A record as it would be quarantined, and its hash as a superseded copy if that differs. */
export interface SoughtRecord {
  readonly record: QuarantinedRecord;
  readonly copyHash?: string;
}

/** A message keeps its whole key when it moves; the key of a thread begins with its brand. */
const ELSEWHERE = `
  SELECT 'quarantined' AS kind, o.id::text AS id, o.brand_id::text AS "brandId" FROM quarantined_records o
  WHERE o.account_source_id = $7 AND o.source_table = $5 AND o.identity = v.identity AND o.brand_id <> $6
    AND CASE WHEN $5 = 'threads' THEN o.range_key = v.range_key ELSE o.source_key_hash = v.hash END
  UNION ALL
  SELECT 'superseded', o.id::text, o.brand_id::text FROM carryover.superseded_copies o
  JOIN brands b ON b.id = o.brand_id AND b.account_id = $12
  WHERE $5 = 'messages' AND o.source_key_hash IN (v.hash, v.copy_hash) AND o.brand_id <> $6`;

const LOOK_UP = `
  SELECT q.id AS quarantined, q.reason, array_remove(ARRAY[
      CASE WHEN q.account_source_id <> $7 THEN 'account' END,
      CASE WHEN q.source_key <> v.key THEN 'key' END,
      CASE WHEN q.source_id IS DISTINCT FROM v.source_id THEN 'source_id' END,
      CASE WHEN q.reason <> v.reason THEN 'reason' END,
      CASE WHEN q.raw IS DISTINCT FROM v.raw THEN 'raw' END
    ], NULL) AS fields,
    c.id AS superseded, c.digest, c.attachments, c.attachments_digest,
    (SELECT json_agg(other) FROM (${ELSEWHERE}) other) AS elsewhere
  FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $8::text[], $9::text[], $10::text[], $11::text[])
    WITH ORDINALITY AS v (hash, copy_hash, reason, raw, key, source_id, identity, range_key, n)
  LEFT JOIN quarantined_records q ON q.source_table = $5 AND q.source_key_hash = v.hash AND q.brand_id = $6
  LEFT JOIN LATERAL (
    SELECT * FROM carryover.superseded_copies s WHERE s.brand_id = $6 AND s.source_key_hash IN (v.hash, v.copy_hash)
    ORDER BY s.digest = 0, s.id LIMIT 1
  ) c ON $5 = 'messages'
  ORDER BY v.n`;

/** Returns what is kept of each record, in the same order. */
export async function lookUpRecords(
  pool: Pool,
  brand: ImportedBrand,
  table: SourceTable,
  sought: readonly SoughtRecord[],
): Promise<KeptRecord[]> {
  if (sought.length === 0) return [];
  const hashes = sought.map(({ record }) => recordHash(record.rangeKey, record.sourceKey));
  type Row = Record<string, string | null> & { fields: string[]; elsewhere: KeptElsewhere[] | null };
  const rows = await ask<Row>(pool, LOOK_UP, [
    hashes,
    sought.map(({ copyHash }, at) => copyHash ?? hashes[at]),
    sought.map(({ record }) => record.reason),
    sought.map(({ record }) => record.raw),
    table,
    brand.id,
    brand.accountSourceId,
    sought.map(({ record }) => record.sourceKey),
    sought.map(({ record }) => record.sourceId),
    sought.map(({ record }) => record.identity),
    sought.map(({ record }) => record.rangeKey),
    brand.accountId,
  ]);
  return rows.map((row) => ({
    quarantined:
      typeof row['quarantined'] === 'string'
        ? { id: row['quarantined'], fields: row.fields, reason: row['reason'] ?? '' }
        : null,
    superseded:
      typeof row['superseded'] === 'string'
        ? {
            id: row['superseded'],
            digest: BigInt(row['digest'] ?? 0),
            attachments: Number(row['attachments']),
            attachmentsDigest: BigInt(row['attachments_digest'] ?? 0),
          }
        : null,
    elsewhere: row.elsewhere ?? [],
  }));
}

export interface StandingMessage {
  readonly id: string;
  readonly sourceKey: string;
  readonly sourceThreadId: string;
  readonly threadId: string;
}

/** The rows with these message ids, of any account. */
export async function messagesWithIds(
  pool: Pool,
  sourceIds: readonly string[],
): Promise<Map<string, StandingMessage>> {
  if (sourceIds.length === 0) return new Map();
  const rows = await ask<Record<string, string>>(
    pool,
    `SELECT id, source_id, source_key, source_thread_id, thread_id FROM messages WHERE source_id = ANY ($1::text[])`,
    [sourceIds],
  );
  return new Map(
    rows.map((row) => [
      row['source_id'] ?? '',
      {
        id: row['id'] ?? '',
        sourceKey: row['source_key'] ?? '',
        sourceThreadId: row['source_thread_id'] ?? '',
        threadId: row['thread_id'] ?? '',
      },
    ]),
  );
}
