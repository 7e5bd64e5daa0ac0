import type { Pool } from '../store/sql/transaction.js';
import { askChatwoot, chatwootTransaction } from './connect.js';

/** What a migration leaves in the schema `carryover` besides its own row. */
const TABLES = [
  'inbox_journal',
  'inbox_identities',
  'inbox_plan',
  'inbox_moved',
  'inbox_tails',
  'inbox_merged',
] as const;
const ROWS = 5_000;

/**
 * Removes what undoes migrations that ended more than so many days ago, in short transactions. From the first of them on a migration cannot be reversed.
 * Idempotent: a second call goes on where another has ended. Returns the ids.
 */
export async function purgeJournals(pool: Pool, days: number): Promise<string[]> {
  const due = await askChatwoot<{ id: string }>(
    pool,
    `SELECT m.id::text FROM carryover.inbox_migrations m
     WHERE m.completed_at < now() AT TIME ZONE 'UTC' - make_interval(days => $1)
       AND (m.journal_purged_at IS NULL OR EXISTS (SELECT FROM carryover.inbox_journal j WHERE j.migration_id = m.id))
       AND NOT EXISTS (SELECT FROM carryover.inbox_migrations r WHERE r.reverses_id = m.id AND r.status IN ('queued', 'running'))
     ORDER BY m.id`,
    [days],
  );
  for (const { id } of due) await purge(pool, id);
  return due.map(({ id }) => id);
}

async function purge(pool: Pool, id: string): Promise<void> {
  const isMine = await chatwootTransaction(pool, 'purge-inbox-journal', async (tx) => {
    // A reverse that is being asked for comes first: the next statement sees it.
    await tx.query('SELECT FROM carryover.inbox_migrations WHERE id = $1 FOR UPDATE', [id]);
    const { rowCount } = await tx.query(
      `UPDATE carryover.inbox_migrations m SET journal_purged_at = coalesce(journal_purged_at, now() AT TIME ZONE 'UTC')
       WHERE id = $1 AND NOT EXISTS (SELECT FROM carryover.inbox_migrations r WHERE r.reverses_id = m.id AND r.status IN ('queued', 'running'))`,
      [id],
    );
    return rowCount === 1;
  });
  if (!isMine) return;
  // The journal last: it says that there is something left.
  for (const table of TABLES.toReversed()) while ((await removeSome(pool, table, id)) === ROWS);
}

function removeSome(pool: Pool, table: (typeof TABLES)[number], id: string): Promise<number> {
  return chatwootTransaction(pool, 'purge-inbox-journal', async (tx) => {
    const { rowCount } = await tx.query(
      `DELETE FROM carryover.${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM carryover.${table} WHERE migration_id = $1 LIMIT ${ROWS}))`,
      [id],
    );
    return rowCount ?? 0;
  });
}
