import { ask } from '../sql/ask.js';
import type { Pool } from '../sql/transaction.js';

/** More names would say nothing new. */
const NAMED = 5;

/** The subjects of other migrations that lanes work on right now, most slices first. Throws StoreUnavailable. */
export async function busyMigrations(pool: Pool, but: string): Promise<string[]> {
  const rows = await ask<{ subject: string }>(
    pool,
    `SELECT m.subject FROM carryover.work w JOIN carryover.units u ON u.id = w.unit_id JOIN carryover.migrations m ON m.id = u.migration_id
     WHERE NOT w.done AND w.leased_until > clock_timestamp() AND m.subject <> $1
     GROUP BY m.subject ORDER BY count(*) DESC, m.subject LIMIT ${NAMED}`,
    [but],
  );
  return rows.map(({ subject }) => subject);
}
