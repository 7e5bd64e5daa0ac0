import type { CertifiedMove } from '../../domain/inbox/certificate.js';
import type { Pool } from '../store/sql/transaction.js';
import { askChatwoot } from './connect.js';

/** The move's own figures, for its certificate. */
export async function totalsOf(pool: Pool, id: string): Promise<CertifiedMove> {
  const [row] = await askChatwoot<CertifiedMove & object>(
    pool,
    `SELECT m.id::float8 AS migration_id, m.destination_inbox_id::float8 AS destination_inbox_id,
       to_char(m.completed_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS completed_at, m.conversations_moved::float8 AS conversations,
       m.messages_moved::float8 AS messages, m.attachments_moved::float8 AS attachments, m.contact_inboxes_moved::float8 AS contact_inboxes,
       m.contacts_merged::float8 AS contacts_merged,
       (SELECT coalesce(sum(value::bigint), 0)::float8 FROM jsonb_each_text(coalesce(m.details -> 'left', '{}'))) AS left,
       (SELECT encode(sha256(convert_to(coalesce(string_agg(v.conversation_id::text, ',' ORDER BY v.conversation_id), ''), 'UTF8')), 'hex')
        FROM carryover.inbox_moved v WHERE v.migration_id = m.id) AS conversations_sha256,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('table', w.relation, 'inserted', w.inserted, 'updated', w.updated, 'deleted', w.deleted) ORDER BY w.relation), '[]')
        FROM carryover.inbox_writes w WHERE w.migration_id = m.id) AS written,
       (SELECT count(*)::float8 FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
          AND c.relname NOT IN (SELECT w.relation FROM carryover.inbox_writes w WHERE w.migration_id = m.id)) AS unwritten_tables
     FROM carryover.inbox_migrations m WHERE m.id = $1`,
    [id],
  );
  if (row === undefined) throw new Error(`There is no inbox migration ${id}.`);
  return row;
}

/**
 * By table, the writes of each sort according to the journal. For updates this is an upper bound, because one statement may set several of the fields
 * that the journal names. Messages that follow their conversations are in the move's own count; the journal has no events and calls.
 */
const JOURNALLED = `
  SELECT j.relation,
    coalesce(sum(r.rows) FILTER (WHERE j.op = 'added'), 0) AS inserted,
    -- One statement sets a conversation's contact inbox together with its inbox.
    coalesce(sum(r.rows) FILTER (WHERE j.op IN ('set', 'replaced', 'counted') AND j.field IS DISTINCT FROM 'contact_inbox_id'), 0) AS updated,
    count(*) FILTER (WHERE j.op = 'removed') AS deleted
  FROM carryover.inbox_journal j
  CROSS JOIN LATERAL (SELECT coalesce(sum(upper(part) - lower(part)), 0) AS rows FROM unnest(j.ids) AS u(part)) AS r
  WHERE j.migration_id = $1 GROUP BY j.relation`;

/**
 * Writes of a move's transactions that PostgreSQL has counted but their journal lacks, in words: `conversations: 12 updated, 11 in the journal`.
 * Something else has written in these transactions, and a reverse would not undo it. Also reports a move that has changed conversations without any
 * counts.
 */
export async function unexplainedWrites(pool: Pool, id: string): Promise<string[]> {
  const rows = await askChatwoot<{ what: string }>(
    pool,
    `WITH journalled AS (${JOURNALLED}), move AS (SELECT * FROM carryover.inbox_migrations WHERE id = $1),
     counted AS (SELECT * FROM carryover.inbox_writes WHERE migration_id = $1),
     compared AS (
       SELECT c.relation, s.sort, s.rows, s.journalled FROM counted c LEFT JOIN journalled j USING (relation) CROSS JOIN move m
       CROSS JOIN LATERAL (VALUES
         ('inserted', c.inserted, coalesce(j.inserted, 0)), ('deleted', c.deleted, coalesce(j.deleted, 0)),
         ('updated', c.updated, CASE WHEN c.relation IN ('reporting_events', 'sla_events', 'calls') THEN NULL
           ELSE coalesce(j.updated, 0) + CASE c.relation WHEN 'messages' THEN m.messages_moved ELSE 0 END END)
       ) AS s(sort, rows, journalled))
     SELECT format('%s: %s %s, %s in the journal', relation, rows, sort, journalled) AS what FROM compared
     WHERE CASE sort WHEN 'updated' THEN rows > journalled ELSE rows <> journalled END
     UNION ALL
     SELECT 'writes were not counted: track_counts is off' FROM move WHERE conversations_moved > 0 AND NOT EXISTS (SELECT FROM counted WHERE relation = 'conversations')
     ORDER BY 1`,
    [id],
  );
  return rows.map(({ what }) => what);
}
