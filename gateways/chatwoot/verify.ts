import { askChatwoot, readsOf } from './connect.js';
import { sourceIdForm } from '../../domain/inbox/source-id.js';
import { readInboxes } from './inboxes.js';
import type { Pool } from '../store/sql/transaction.js';

/** A completed move, as its verification begins. */
export interface VerifiedMove {
  readonly id: string;
  readonly accountId: string;
  readonly source: string;
  readonly destination: string;
  /** The pattern of the destination's source ids; undefined if they identify nothing. */
  readonly form: string | undefined;
}

/** Those of these migrations that can be verified: completed, and not taken back since. A reverse has nothing to verify: it restores what was. */
export async function verifiableMoves(pool: Pool, ids: readonly string[]): Promise<string[]> {
  const rows = await askChatwoot<{ id: string }>(
    pool,
    `SELECT m.id::text FROM carryover.inbox_migrations m
     WHERE m.id = ANY ($1::bigint[]) AND m.status = 'completed' AND m.reverses_id IS NULL AND m.journal_purged_at IS NULL
       AND NOT EXISTS (SELECT FROM carryover.inbox_migrations r WHERE r.reverses_id = m.id) ORDER BY m.id`,
    [ids],
  );
  return rows.map(({ id }) => id);
}

export async function readMove(pool: Pool, id: string): Promise<VerifiedMove | undefined> {
  const [row] = await askChatwoot<Omit<VerifiedMove, 'form'>>(
    pool,
    `SELECT id::text, account_id::text AS "accountId", source_inbox_id::text AS source, destination_inbox_id::text AS destination
     FROM carryover.inbox_migrations WHERE id = $1`,
    [id],
  );
  if (row === undefined) return undefined;
  const [inbox] = await readInboxes(readsOf(pool), row.accountId, [row.destination]);
  return { ...row, form: inbox?.type && sourceIdForm(inbox.type) };
}

/** The next conversations that the move took. @param after the last one of the page before */
export async function movedAfter(
  pool: Pool,
  { id }: Pick<VerifiedMove, 'id'>,
  after: string,
  limit: number,
): Promise<string[]> {
  const rows = await askChatwoot<{ id: string }>(
    pool,
    `SELECT conversation_id::text AS id FROM carryover.inbox_moved
     WHERE migration_id = $1 AND conversation_id > $2 ORDER BY conversation_id LIMIT $3`,
    [id, after, limit],
  );
  return rows.map((row) => row.id);
}

export const RULES = [
  'inbox',
  'contact_inbox',
  'contact',
  'source_id',
  'messages',
  'reporting_events',
  'sla_events',
  'calls',
] as const;
export type Rule = (typeof RULES)[number];

export interface Broken {
  readonly conversation: string;
  readonly rule: Rule;
  /** How many rows violate it. */
  readonly count: number;
}

/**
 * The rules that moved conversations violate, by Chatwoot's own tables alone. Skips conversations that were deleted since or have gone to a third
 * inbox; one that is back in the source violates a rule.
 */
export async function brokenOf(
  pool: Pool,
  move: VerifiedMove,
  conversations: readonly string[],
): Promise<Broken[]> {
  const hasCalls = await askChatwoot<{ has: boolean }>(
    pool,
    `SELECT to_regclass('public.calls') IS NOT NULL AS has`,
  );
  const follows = (table: string) =>
    `SELECT v.id, '${table}', count(*) FROM held v JOIN public.${table} t ON t.conversation_id = v.id WHERE t.inbox_id IS DISTINCT FROM $2::bigint GROUP BY v.id`;
  const rows = await askChatwoot<Broken & object>(
    pool,
    `WITH moved AS MATERIALIZED (
       SELECT c.id, c.inbox_id, c.contact_id, c.contact_inbox_id, p.id IS NOT NULL AS "hasContact"
       FROM public.conversations c LEFT JOIN public.contacts p ON p.id = c.contact_id WHERE c.id = ANY ($1::bigint[])),
     held AS MATERIALIZED (
       SELECT v.*, b.inbox_id AS box_inbox, b.contact_id AS box_contact, b.source_id
       FROM moved v LEFT JOIN public.contact_inboxes b ON b.id = v.contact_inbox_id WHERE v.inbox_id = $2),
     broken(id, rule, count) AS (
       SELECT id, 'inbox', 1::bigint FROM moved WHERE inbox_id = $3
       UNION ALL SELECT id, 'contact_inbox', 1 FROM held WHERE "hasContact" AND box_inbox IS DISTINCT FROM $2::bigint
       UNION ALL SELECT id, 'contact', 1 FROM held WHERE "hasContact" AND box_inbox = $2 AND box_contact IS DISTINCT FROM contact_id
       UNION ALL SELECT id, 'source_id', 1 FROM held WHERE box_inbox = $2 AND $4::text IS NOT NULL AND source_id !~ $4
       UNION ALL ${follows('messages')} UNION ALL ${follows('reporting_events')} UNION ALL ${follows('sla_events')}
       ${hasCalls[0]?.has === true ? `UNION ALL ${follows('calls')}` : ''})
     SELECT id::text AS conversation, rule, count::integer FROM broken ORDER BY id, rule`,
    [conversations, move.destination, move.source, move.form ?? null],
  );
  return rows;
}
