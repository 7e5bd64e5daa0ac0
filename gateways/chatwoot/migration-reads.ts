import type { MigrationRow } from '../../domain/inbox/view.js';
import { askChatwoot } from './connect.js';
import { liveReverse } from './migrations.js';
import type { Pool } from '../store/sql/transaction.js';

export const MIGRATIONS_PAGE = 20;

const time = (column: string): string => `to_char(m.${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const inbox = (column: string): string =>
  `jsonb_build_object('id', m.${column}, 'name', (SELECT i.name FROM public.inboxes i WHERE i.id = m.${column}),
     'channel_type', (SELECT i.channel_type FROM public.inboxes i WHERE i.id = m.${column}))`;
const count = (thing: string): string =>
  `'${thing}', jsonb_build_object('total', m.${thing}_count, 'moved', m.${thing}_moved)`;

const READ = `
  SELECT jsonb_build_object(
    'id', m.id, 'status', m.status, 'source_inbox', ${inbox('source_inbox_id')}, 'destination_inbox', ${inbox('destination_inbox_id')},
    'counts', jsonb_build_object(${['conversations', 'messages', 'attachments', 'contact_inboxes'].map(count).join(', ')}),
    'contacts_merged', m.contacts_merged, 'created_at', ${time('created_at')}, 'started_at', ${time('started_at')}, 'completed_at', ${time('completed_at')},
    'duration_seconds', extract(epoch FROM coalesce(m.completed_at, now() AT TIME ZONE 'UTC') - m.started_at)::integer,
    'error', m.error_message, 'initiated_by', (SELECT u.name FROM public.users u WHERE u.id = m.user_id), 'left', coalesce(m.details -> 'left', '{}'),
    'reverses', m.reverses_id, 'reversed_by', (${liveReverse('m.id')})) AS row
  FROM carryover.inbox_migrations m WHERE m.account_id = $1 AND m.source_inbox_id = $2`;

/** The migrations out of an inbox, newest first. @param page from 1 */
export async function listMigrations(
  pool: Pool,
  accountId: string,
  source: string,
  page: number,
): Promise<MigrationRow[]> {
  const rows = await askChatwoot<{ row: MigrationRow }>(
    pool,
    `${READ} ORDER BY m.id DESC LIMIT $3 OFFSET $4`,
    [...[accountId, source, MIGRATIONS_PAGE, (page - 1) * MIGRATIONS_PAGE]],
  );
  return rows.map(({ row }) => row);
}

/** Undefined if the inbox has no such migration. */
export async function readMigration(
  pool: Pool,
  accountId: string,
  source: string,
  id: string,
): Promise<MigrationRow | undefined> {
  const [found] = await askChatwoot<{ row: MigrationRow }>(pool, `${READ} AND m.id = $3`, [
    accountId,
    source,
    id,
  ]);
  return found?.row;
}

/** The progress of a source's latest migration. */
export interface LatestMigration {
  readonly subject: string;
  readonly done: number;
  readonly planned: number;
}

/** The latest migration of each of these subjects (`inboxSubject`). Omits subjects without any. */
export async function latestMigrations(pool: Pool, subjects: readonly string[]): Promise<LatestMigration[]> {
  return askChatwoot<LatestMigration & object>(
    pool,
    `SELECT DISTINCT ON (m.account_id, m.source_inbox_id) m.account_id || ':' || m.source_inbox_id AS subject,
       m.messages_moved::float8 AS done, m.messages_count::float8 AS planned
     FROM unnest($1::text[]) AS s(subject) JOIN carryover.inbox_migrations m
       ON m.account_id = split_part(s.subject, ':', 1)::bigint AND m.source_inbox_id = split_part(s.subject, ':', 2)::bigint
     ORDER BY m.account_id, m.source_inbox_id, m.id DESC`,
    [subjects],
  );
}

export interface FailedMigration {
  readonly id: string;
  readonly subject: string;
  readonly message: string;
  /** ISO 8601. */
  readonly since: string;
  /** The number of all that the filter finds. */
  readonly all: number;
}

/** Failed migrations without a later one of the same source, by id. */
export async function failedMigrations(
  pool: Pool,
  {
    subject,
    after,
    since,
    limit,
  }: {
    readonly subject?: string | undefined;
    readonly after?: string | undefined;
    readonly since?: Date | undefined;
    readonly limit: number;
  },
): Promise<FailedMigration[]> {
  return askChatwoot<FailedMigration & object>(
    pool,
    `SELECT m.id::text, m.account_id || ':' || m.source_inbox_id AS subject, coalesce(m.error_message, '') AS message, ${time('completed_at')} AS since,
       (count(*) OVER ())::integer AS "all"
     FROM carryover.inbox_migrations m
     WHERE m.status = 'failed' AND ($1::text IS NULL OR m.account_id || ':' || m.source_inbox_id = $1) AND m.id > coalesce($2::bigint, 0)
       AND ($3::timestamptz IS NULL OR m.completed_at >= $3::timestamptz AT TIME ZONE 'UTC')
       AND NOT EXISTS (SELECT FROM carryover.inbox_migrations l WHERE l.account_id = m.account_id AND l.source_inbox_id = m.source_inbox_id AND l.id > m.id)
       AND NOT EXISTS (${liveReverse('m.id')})
     ORDER BY m.id LIMIT $4`,
    [subject ?? null, after ?? null, since ?? null, limit],
  );
}
