import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { inboxSubject, readSubject } from '../../domain/inbox/names.js';
import type { MigrationStatus } from '../../domain/inbox/view.js';
import type { Pool, Transaction } from '../store/sql/transaction.js';
import { askChatwoot, chatwootTransaction } from './connect.js';
import { endMigration } from './move/check.js';

/** The status of a migration. */
export async function statusOf(pool: Pool, id: string): Promise<MigrationStatus> {
  return (await countsOf(pool, id)).status;
}

export interface Counts {
  readonly status: MigrationStatus;
  readonly conversations: number;
  readonly messages: number;
  readonly contactInboxes: number;
  readonly error: string | null;
}

export async function countsOf(pool: Pool, id: string): Promise<Counts> {
  const [row] = await askChatwoot<Counts & object>(
    pool,
    `SELECT status, conversations_moved::integer AS conversations, messages_moved::integer AS messages,
       contact_inboxes_moved::integer AS "contactInboxes", error_message AS error
     FROM carryover.inbox_migrations WHERE id = $1`,
    [id],
  );
  if (row === undefined) throw new CarryoverError('Unexpected', `There is no inbox migration ${id}.`);
  return row;
}

/** The status of a subject's latest migration; undefined if it has none. */
export async function latestOf(pool: Pool, subject: string): Promise<MigrationStatus | undefined> {
  const { accountId, source } = readSubject(subject) ?? { accountId: '0', source: '0' };
  const [row] = await askChatwoot<{ status: MigrationStatus }>(
    pool,
    `SELECT status FROM carryover.inbox_migrations WHERE account_id = $1 AND source_inbox_id = $2 ORDER BY id DESC LIMIT 1`,
    [accountId, source],
  );
  return row?.status;
}

const MOVED = [
  'conversations_moved',
  'messages_moved',
  'attachments_moved',
  'contact_inboxes_moved',
] as const;

/** SQL: the reverse of a migration, running or done. Ignores failed and cancelled ones, which another may follow. */
export function liveReverse(migration: string): string {
  return `SELECT r.id FROM carryover.inbox_migrations r WHERE r.reverses_id = ${migration} AND r.status NOT IN ('failed', 'cancelled')`;
}

/**
 * Creates the reverse of a migration, and ends that migration if it has not ended: none of its batches changes anything afterwards. Idempotent, even
 * if the reverse has ended; returns the reverse's id.
 */
export async function openReverse(pool: Pool, id: string): Promise<string> {
  return chatwootTransaction(pool, 'open-reverse', async (tx) => {
    const { rows } = await tx.query<{ id: string | null }>(
      'SELECT max(id)::text AS id FROM carryover.inbox_migrations WHERE reverses_id = $1',
      [id],
    );
    return rows[0]?.id ?? addReverse(tx, id, null);
  });
}

/**
 * Creates or finds the reverse of a migration, in the caller's transaction. It continues where a failed or cancelled reverse stopped, so nothing is
 * undone twice.
 */
export async function addReverse(tx: Transaction, id: string, userId: string | null): Promise<string> {
  await tx.query('SELECT FROM carryover.inbox_migrations WHERE id = $1 FOR UPDATE', [id]);
  await endMigration(tx, id, 'cancelled');
  // Messages that have not followed yet stay: they are still in the source.
  await tx.query('DELETE FROM carryover.inbox_tails WHERE migration_id = $1', [id]);
  await tx.query(
    `INSERT INTO carryover.inbox_migrations (account_id, source_inbox_id, destination_inbox_id, user_id, reverses_id, stage, position,
       conversations_count, messages_count, attachments_count, contact_inboxes_count)
     SELECT o.account_id, o.destination_inbox_id, o.source_inbox_id, $2, o.id, 'undo', coalesce(last.position, 0),
       ${MOVED.map((moved) => `greatest(0, o.${moved} - coalesce(last.${moved}, 0))`).join(', ')}
     FROM carryover.inbox_migrations o LEFT JOIN LATERAL (
       SELECT (array_agg(position ORDER BY id DESC))[1] AS position, ${MOVED.map((moved) => `sum(${moved}) AS ${moved}`).join(', ')}
       FROM carryover.inbox_migrations r WHERE r.reverses_id = o.id) AS last ON true
     WHERE o.id = $1 AND NOT EXISTS (${liveReverse('o.id')})`,
    [id, userId],
  );
  const { rows } = await tx.query<{ id: string }>(`SELECT r.id::text FROM (${liveReverse('$1')}) AS r`, [id]);
  const reverse = rows[0]?.id;
  if (reverse === undefined)
    throw new CarryoverError('Unexpected', `There is no inbox migration ${id} to take back.`);
  return reverse;
}

export interface UnderWay {
  readonly id: string;
  readonly subject: string;
  /** The source inbox's name. */
  readonly name: string;
  /** Who requested it; null if that was not a user of Chatwoot. */
  readonly by: string | null;
  /** Seconds since it was requested, or since its last batch. */
  readonly quietSeconds: number;
}

/** The migrations of a subject that are queued or running, or of all subjects. */
export async function underWayOf(pool: Pool, subject?: string): Promise<UnderWay[]> {
  const of = subject === undefined ? undefined : (readSubject(subject) ?? { accountId: '0', source: '0' });
  const rows = await askChatwoot<Omit<UnderWay, 'subject'> & { accountId: string; source: string }>(
    pool,
    `SELECT m.id::text, m.account_id::text AS "accountId", m.source_inbox_id::text AS source, coalesce(i.name, '') AS name, u.name AS by,
       extract(epoch FROM now() AT TIME ZONE 'UTC' - m.updated_at)::float8 AS "quietSeconds"
     FROM carryover.inbox_migrations m LEFT JOIN public.inboxes i ON i.id = m.source_inbox_id LEFT JOIN public.users u ON u.id = m.user_id
     WHERE ($1::bigint IS NULL OR (m.account_id = $1 AND m.source_inbox_id = $2)) AND m.status IN ('queued', 'running') ORDER BY m.id`,
    [of?.accountId ?? null, of?.source ?? null],
  );
  return rows.map(({ accountId, source, ...row }) => ({ ...row, subject: inboxSubject(accountId, source) }));
}

/** Ends a migration unless it has ended. Waits for a batch that is being written; no other follows. */
export async function endOf(
  pool: Pool,
  id: string,
  status: 'failed' | 'cancelled',
  message?: string,
): Promise<void> {
  await chatwootTransaction(pool, 'end-inbox-migration', (tx) => endMigration(tx, id, status, message));
}
