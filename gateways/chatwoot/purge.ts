import type { Pool } from '../store/sql/transaction.js';
import { askChatwoot, chatwootTransaction } from './connect.js';

/** The rows of a migration in the schema `carryover` besides its own. */
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
 * Removes the undo data of migrations that ended more than so many days ago, in short transactions. A migration cannot be reversed from the first of
 * them on. Idempotent: another call continues where one has stopped. Returns the ids.
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
    // Waits for a reverse that is being requested; the next statement sees it.
    await tx.query('SELECT FROM carryover.inbox_migrations WHERE id = $1 FOR UPDATE', [id]);
    const { rowCount } = await tx.query(
      `UPDATE carryover.inbox_migrations m SET journal_purged_at = coalesce(journal_purged_at, now() AT TIME ZONE 'UTC')
       WHERE id = $1 AND NOT EXISTS (SELECT FROM carryover.inbox_migrations r WHERE r.reverses_id = m.id AND r.status IN ('queued', 'running'))`,
      [id],
    );
    return rowCount === 1;
  });
  if (!isMine) return;
  // The journal last: it shows that something is left to remove.
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
