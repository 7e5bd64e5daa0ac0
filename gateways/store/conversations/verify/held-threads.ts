import type { ThreadRow } from '../../../../domain/conversations/records/rows.js';
import { ask } from '../../sql/ask.js';
import type { Pool } from '../../sql/transaction.js';

/** What the store holds of a source thread. */
export interface HeldThread {
  /** Null if no source thread has the id. */
  readonly source: {
    readonly threadId: string;
    readonly brandId: string;
    /** Conversations' id of that brand. */
    readonly brandSourceId: string;
    /** The store's id. */
    readonly accountId: string;
    /** What differs from the record: `kind`, `status`, `c1`, `c2`, `thread` (split or merged wrongly), `contact`, `original`. */
    readonly fields: readonly string[];
  } | null;
  /** The brand's thread with the record's pair. */
  readonly rightThreadId: string | null;
}

/**
 * SQL: compares the source's name, because a person may have changed the contact's. It differs if this record's name was taken and has changed, or
 * should have been taken; or if there is a name although this record, which has none, should have determined it, or no record gave it.
 */
const NAME_DIFFERS = `
  v.name IS NULL AND c.source_name IS NOT NULL AND coalesce(c.name_source_id, v.source_id) = v.source_id COLLATE "C"
  OR v.name IS NOT NULL AND v.name IS DISTINCT FROM c.source_name AND (c.source_name IS NULL OR c.name_source_id = v.source_id COLLATE "C"
    OR coalesce(v.name_at, '-infinity') > coalesce(c.name_at, '-infinity')
    OR (coalesce(v.name_at, '-infinity') = coalesce(c.name_at, '-infinity') AND v.source_id COLLATE "C" < c.name_source_id))`;

// LATERAL and OFFSET 0 keep to index lookups: a join would read all threads for each page.
const LOOK_UP = `
  SELECT s.thread_id, t.brand_id, b.source_id AS brand_source_id, b.account_id, r.id AS right_thread_id, array_remove(ARRAY[
    CASE WHEN s.kind <> v.kind THEN 'kind' END,
    CASE WHEN s.status <> v.status THEN 'status' END,
    CASE WHEN t.c1 <> v.c1 THEN 'c1' END,
    CASE WHEN t.c2 <> v.c2 THEN 'c2' END,
    CASE WHEN t.pair_key <> v.pair_key THEN 'thread' END,
    CASE WHEN c.identity IS DISTINCT FROM v.c2 THEN 'contact' END,
    CASE WHEN ${NAME_DIFFERS} THEN 'contact_name' END,
    CASE WHEN s.original IS DISTINCT FROM v.original THEN 'original' END
  ], NULL) AS fields
  FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::jsonb[])
    WITH ORDINALITY AS v (source_id, kind, status, c1, c2, pair_key, name, name_at, original, n)
  LEFT JOIN LATERAL (SELECT * FROM thread_sources WHERE source_id = v.source_id COLLATE "C" OFFSET 0) s ON true
  LEFT JOIN LATERAL (SELECT * FROM message_threads WHERE id = s.thread_id OFFSET 0) t ON true
  LEFT JOIN brands b ON b.id = t.brand_id
  LEFT JOIN LATERAL (SELECT * FROM contacts WHERE id = t.contact_id OFFSET 0) c ON true
  LEFT JOIN LATERAL (SELECT id FROM message_threads WHERE brand_id = $1 AND pair_key = v.pair_key OFFSET 0) r ON true
  ORDER BY v.n`;

/** Returns what the store holds for each row, in the same order. */
export async function lookUpThreads(
  pool: Pool,
  brandId: string,
  rows: readonly ThreadRow[],
): Promise<HeldThread[]> {
  if (rows.length === 0) return [];
  const found = await ask<Record<string, string | null> & { fields: string[] }>(pool, LOOK_UP, [
    brandId,
    rows.map((row) => row.sourceId),
    rows.map((row) => row.kind),
    rows.map((row) => row.status),
    rows.map((row) => row.c1),
    rows.map((row) => row.c2),
    rows.map((row) => row.pairKey),
    rows.map((row) => row.contactName),
    rows.map((row) => row.lastMessageAt),
    rows.map((row) => row.original),
  ]);
  return found.map((row) => ({
    source:
      typeof row['thread_id'] === 'string'
        ? {
            threadId: row['thread_id'],
            brandId: row['brand_id'] ?? '',
            brandSourceId: row['brand_source_id'] ?? '',
            accountId: row['account_id'] ?? '',
            fields: row.fields,
          }
        : null,
    rightThreadId: row['right_thread_id'] ?? null,
  }));
}
