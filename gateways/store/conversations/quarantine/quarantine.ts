import type pg from 'pg';
import type { SourceTable } from '../../../../domain/conversations/records/rows.js';
import { ask } from '../../sql/ask.js';
import { GROUP_ID, ROOTED_RECORDS } from './quarantine-groups.js';
import type { Waiver } from './waivers.js';

type Pool = Pick<pg.Pool, 'query'>;

export interface QuarantinedRow {
  readonly id: string;
  readonly brandId: string;
  readonly brandRowId: string;
  readonly sourceTable: SourceTable;
  /** Hash and range key, joined by `/`. */
  readonly sourceKey: string;
  readonly rangeKey: string;
  readonly sourceId: string | null;
  readonly reason: string;
  readonly at: Date;
  readonly phase: string | null;
}

/** With further facts for operators. */
export interface QuarantinedFacts extends QuarantinedRow {
  readonly group: string;
  /** Why its thread was refused, if that is the root cause. */
  readonly threadReason: string | null;
  readonly waiver: Waiver | null;
}

export interface QuarantinedWhole extends QuarantinedRow {
  /** DynamoDB's attribute-value JSON; null if nothing of the record may be kept. */
  readonly raw: unknown;
}

export interface QuarantineFilter {
  readonly table?: SourceTable | undefined;
  /** Part of the reason; ignores case. */
  readonly reason?: string | undefined;
  readonly group?: string | undefined;
  readonly waived?: boolean | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

const COLUMNS = `
  q.id::text, b.source_id AS "brandId", q.brand_id::text AS "brandRowId", q.source_table AS "sourceTable",
  q.source_key AS "sourceKey", q.range_key AS "rangeKey", q.source_id AS "sourceId", q.reason, q.quarantined_at AS at,
  q.phase`;
const FROM = 'FROM quarantined_records q JOIN brands b ON b.id = q.brand_id';

/** `raw` is also null if it was not requested. */
function factColumns(raw: string): string {
  return `${COLUMNS}, ${GROUP_ID} AS "group", r.reason AS "threadReason", ${raw} AS raw,
    q.waived_at AS "waivedAt", q.waived_by AS "waivedBy", q.waived_reason AS "waivedReason"`;
}

type FactRow = Omit<QuarantinedFacts, 'waiver'> & {
  readonly raw: unknown;
  readonly waivedAt: Date | null;
  readonly waivedBy: string | null;
  readonly waivedReason: string | null;
};

function withWaiver({ waivedAt: at, waivedBy: by, waivedReason: reason, ...facts }: FactRow) {
  return { ...facts, waiver: at !== null && by !== null && reason !== null ? { at, by, reason } : null };
}

/** Lists records in the order of their ids, which a retry does not change. Includes raw forms only `withRaw`. Throws StoreUnavailable. */
export async function listQuarantined(
  pool: Pool,
  accountId: string,
  { table, reason, group, waived, after, limit }: QuarantineFilter,
  withRaw = false,
): Promise<(QuarantinedFacts & { readonly raw: unknown })[]> {
  const rows = await ask<FactRow>(
    pool,
    `SELECT ${factColumns(withRaw ? 'q.raw' : 'NULL')} FROM ${ROOTED_RECORDS} WHERE q.account_source_id = $1 AND q.id > $2
       AND ($3::text IS NULL OR q.source_table = $3)
       AND ($4::text IS NULL OR strpos(lower(q.reason), lower($4)) > 0)
       AND ($5::text IS NULL OR ${GROUP_ID} = $5) AND ($6::boolean IS NULL OR (q.waived_at IS NOT NULL) = $6)
     ORDER BY q.id LIMIT $7`,
    [accountId, after ?? '0', table ?? null, reason ?? null, group ?? null, waived ?? null, limit],
  );
  return rows.map(withWaiver);
}

/** Reads a record by its id or key; undefined if the account has none in quarantine. Throws StoreUnavailable. */
export async function readQuarantined(
  pool: Pool,
  accountId: string,
  record: string,
): Promise<(QuarantinedFacts & { readonly raw: unknown }) | undefined> {
  const isId = /^\d{1,18}$/.test(record);
  const rows = await ask<FactRow>(
    pool,
    `SELECT ${factColumns('q.raw')} FROM ${ROOTED_RECORDS} WHERE q.account_source_id = $1
       AND ${isId ? 'q.id = $2::bigint' : 'q.source_key = $2'} ORDER BY q.source_table, q.id LIMIT 1`,
    [accountId, record],
  );
  return rows[0] && withWaiver(rows[0]);
}

/** Resolves ids or keys to ids of the account's quarantined records. */
export async function findQuarantined(
  pool: Pool,
  accountId: string,
  records: readonly string[],
): Promise<{ readonly ids: string[]; readonly unknown: string[] }> {
  const rows = await ask<{ id: string; source_key: string }>(
    pool,
    `SELECT id::text, source_key FROM quarantined_records
     WHERE account_source_id = $1 AND (id::text = ANY ($2::text[]) OR source_key = ANY ($2::text[])) ORDER BY id`,
    [accountId, records],
  );
  const known = new Set(rows.flatMap((row) => [row.id, row.source_key]));
  return { ids: rows.map(({ id }) => id), unknown: records.filter((record) => !known.has(record)) };
}

/**
 * The next records to retry, with raw forms: threads before messages, which depend on them, each in the order of ids. `after` is `placeOf` the last
 * one.
 */
export async function nextQuarantined(
  pool: Pool,
  accountId: string,
  {
    records,
    after,
    limit,
  }: { records?: readonly string[] | undefined; after?: string | undefined; limit: number },
): Promise<QuarantinedWhole[]> {
  const [messagesBegun, id] = (after ?? '0:0').split(':');
  return ask<QuarantinedWhole>(
    pool,
    `SELECT ${COLUMNS}, q.raw ${FROM} WHERE q.account_source_id = $1
       AND ($2::bigint[] IS NULL OR q.id = ANY ($2::bigint[]))
       AND ((q.source_table = 'messages')::integer, q.id) > ($3::integer, $4::bigint)
     ORDER BY (q.source_table = 'messages')::integer, q.id LIMIT $5`,
    [accountId, records ?? null, messagesBegun, id, limit],
  );
}

export function placeOf({ sourceTable, id }: QuarantinedRow): string {
  return `${sourceTable === 'messages' ? 1 : 0}:${id}`;
}

/** The quarantined thread records of a brand with these ids, in the store's form. */
export async function quarantinedThreads(
  pool: Pool,
  brandRowId: string,
  threadIds: readonly string[],
): Promise<QuarantinedWhole[]> {
  return ask<QuarantinedWhole>(
    pool,
    `SELECT ${COLUMNS}, q.raw ${FROM} WHERE q.brand_id = $1 AND q.source_table = 'threads' AND q.range_key = ANY ($2::text[])`,
    [brandRowId, threadIds],
  );
}

/** Messages of a brand that are quarantined for one of these reasons and whose thread the brand now has, in the order of ids. */
export async function messagesWithThread(
  pool: Pool,
  brandRowId: string,
  {
    reasons,
    after,
    limit,
  }: { readonly reasons: readonly string[]; readonly after: string; readonly limit: number },
): Promise<QuarantinedWhole[]> {
  return ask<QuarantinedWhole>(
    pool,
    `SELECT ${COLUMNS}, q.raw ${FROM}
     JOIN thread_sources s ON s.source_id = left(q.source_key, -1 - length(q.range_key)) COLLATE "C"
     JOIN message_threads t ON t.id = s.thread_id AND t.brand_id = q.brand_id
     WHERE q.brand_id = $1 AND q.source_table = 'messages' AND q.reason = ANY ($2::text[]) AND q.id > $3 ORDER BY q.id LIMIT $4`,
    [brandRowId, reasons, after, limit],
  );
}
