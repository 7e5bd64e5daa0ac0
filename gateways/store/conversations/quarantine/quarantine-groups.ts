import type pg from 'pg';
import {
  NO_THREAD_RECORD,
  THREAD_NOT_TAKEN,
} from '../../../../domain/conversations/records/quarantine-reasons.js';
import type { SourceTable } from '../../../../domain/conversations/records/rows.js';
import { ask } from '../../sql/ask.js';

type Pool = Pick<pg.Pool, 'query'>;

/** The thread id of a message's record. */
const THREAD_ID = 'left(q.source_key, -1 - length(q.range_key))';

/**
 * SQL: quarantined records `q` of brands `b` with their root cause. A message whose thread was refused has the thread's record `r`, its table and
 * reason. Reasons omit positions in lists, so that equal causes are grouped. `unit` is what a person has to handle: the refused or missing thread, or
 * the record itself.
 */
export const ROOTED_RECORDS = `
  quarantined_records q JOIN brands b ON b.id = q.brand_id
  LEFT JOIN quarantined_records r ON q.source_table = 'messages' AND q.reason = '${THREAD_NOT_TAKEN}'
    AND r.source_table = 'threads' AND r.brand_id = q.brand_id AND r.range_key = ${THREAD_ID} COLLATE "C"
  CROSS JOIN LATERAL (
    SELECT coalesce(r.source_table, q.source_table) AS root_table,
      regexp_replace(coalesce(r.reason, q.reason), '\\[\\d+\\]', '[]', 'g') AS root_reason,
      CASE WHEN r.id IS NOT NULL THEN r.id::text
        WHEN q.reason = '${NO_THREAD_RECORD}' THEN q.brand_id || ' ' || ${THREAD_ID} ELSE q.id::text END AS unit
  ) c`;

/** SQL: the group's id, which depends only on table and reason. */
export const GROUP_ID = `left(encode(sha256(convert_to(c.root_table || ' ' || c.root_reason, 'UTF8')), 'hex'), 12)`;

export interface QuarantineGroup {
  readonly accountId: string;
  readonly group: string;
  readonly sourceTable: SourceTable;
  readonly reason: string;
  readonly records: number;
  /** Refused or missing threads that are the cause. */
  readonly threads: number;
  readonly messages: number;
  readonly waived: number;
  /** When the oldest record that was not waived was quarantined; of all records if all are waived. */
  readonly since: Date;
  /** The id of the first record, for paging. */
  readonly first: string;
  readonly samples: readonly QuarantineSample[];
}

export interface QuarantineSample {
  /** The id of a record to inspect. */
  readonly id: string;
  readonly brand_id: string;
  /** The record's key, or the id of a missing thread. */
  readonly source_key: string;
  /** Messages that the thread blocks. */
  readonly messages: number;
}

const SAMPLES = 5;

/** `$1` account or null, `$2` time or null: only records since then. */
const GROUPS = `
  WITH rooted AS MATERIALIZED (
    SELECT q.id, q.account_source_id AS account_id, q.source_table, q.quarantined_at, q.waived_at, b.source_id AS brand_id,
      c.*, ${GROUP_ID} AS group_id,
      CASE WHEN q.reason = '${NO_THREAD_RECORD}' THEN ${THREAD_ID} ELSE coalesce(r.source_key, q.source_key) END AS unit_key,
      r.id IS NOT NULL OR q.source_table = 'threads' OR q.reason = '${NO_THREAD_RECORD}' AS by_thread
    FROM ${ROOTED_RECORDS}
    WHERE ($1::text IS NULL OR q.account_source_id = $1) AND ($2::timestamptz IS NULL OR q.quarantined_at >= $2)
  ), units AS (
    SELECT account_id, group_id, unit, min(unit_key) AS unit_key, min(brand_id) AS brand_id, bool_or(by_thread) AS by_thread,
      coalesce(min(id) FILTER (WHERE source_table = 'threads'), min(id)) AS id, min(root_table) AS root_table,
      min(root_reason) AS root_reason, count(*) AS records, count(*) FILTER (WHERE source_table = 'messages') AS messages,
      count(waived_at) AS waived, min(quarantined_at) AS since,
      min(quarantined_at) FILTER (WHERE waived_at IS NULL) AS open_since, min(id) AS first,
      row_number() OVER (PARTITION BY account_id, group_id ORDER BY min(id)) AS place
    FROM rooted GROUP BY account_id, group_id, unit
  )
  SELECT account_id AS "accountId", group_id AS "group", min(root_table) AS "sourceTable", min(root_reason) AS reason,
    sum(records)::float8 AS records, count(*) FILTER (WHERE by_thread)::float8 AS threads, sum(messages)::float8 AS messages,
    sum(waived)::float8 AS waived, coalesce(min(open_since), min(since)) AS since, min(first)::text AS first,
    jsonb_agg(jsonb_build_object('id', id::text, 'brand_id', brand_id, 'source_key', unit_key,
      'messages', CASE WHEN by_thread THEN messages ELSE 0 END) ORDER BY place) FILTER (WHERE place <= ${SAMPLES}) AS samples
  FROM units GROUP BY account_id, group_id`;

/** An account's groups, in the order of their first records. Throws StoreUnavailable. */
export function listGroups(
  pool: Pool,
  accountId: string,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<QuarantineGroup[]> {
  return ask<QuarantineGroup>(
    pool,
    `SELECT * FROM (${GROUPS}) found WHERE first::bigint > $3 ORDER BY first::bigint LIMIT $4`,
    [accountId, null, after ?? '0', limit],
  );
}

/** The largest groups of all accounts with records that nobody waived. Throws StoreUnavailable. */
export function largestGroups(
  pool: Pool,
  since: Date | undefined,
  limit: number,
): Promise<QuarantineGroup[]> {
  return ask<QuarantineGroup>(
    pool,
    `SELECT * FROM (${GROUPS}) found WHERE records > waived ORDER BY records - waived DESC, first::bigint LIMIT $3`,
    [null, since ?? null, limit],
  );
}

/** Ids of the group's records, at most `limit`. */
export async function idsOfGroup(
  pool: Pool,
  accountId: string,
  group: string,
  limit: number,
): Promise<string[]> {
  const rows = await ask<{ id: string }>(
    pool,
    `SELECT q.id::text FROM ${ROOTED_RECORDS} WHERE q.account_source_id = $1 AND ${GROUP_ID} = $2 ORDER BY q.id LIMIT $3`,
    [accountId, group, limit],
  );
  return rows.map(({ id }) => id);
}
