/** Which migrations' apps poll their status: somebody waits for these. Losing a note costs at most one turn in priority. */

import type pg from 'pg';
import type { MigrationRef } from '../../../domain/engine/migration-ref.js';
import { ask } from '../sql/ask.js';

type Pool = Pick<pg.Pool, 'query'>;

/** Short, because nothing should wait for this note. */
const TIMEOUT_MS = 3_000;

/**
 * Notes in one statement that the apps of these migrations have just polled. Writes a row at most once a minute. Rows are written in order, so
 * concurrent API processes do not deadlock. Throws StoreUnavailable.
 */
export async function noteAppPolls(pool: Pool, kind: string, subjects: readonly string[]): Promise<void> {
  const query = {
    text: `INSERT INTO carryover.app_polls (kind, subject, polled_at)
       SELECT $1, subject, now() FROM unnest($2::text[]) AS polled (subject) ORDER BY subject
       ON CONFLICT (kind, subject) DO UPDATE SET polled_at = excluded.polled_at
       WHERE app_polls.polled_at < excluded.polled_at - interval '1 minute'`,
    values: [kind, subjects],
    query_timeout: TIMEOUT_MS,
  };
  await ask(pool, query);
}

/** Whether the migration's app has polled within the last two minutes. Throws StoreUnavailable. */
export async function isAwaited(pool: Pool, { kind, subject }: MigrationRef): Promise<boolean> {
  const [row] = await ask<{ awaited: boolean }>(
    pool,
    `SELECT EXISTS (SELECT FROM carryover.app_polls
       WHERE kind = $1 AND subject = $2 AND polled_at > now() - interval '2 minutes') AS awaited`,
    [kind, subject],
  );
  return row?.awaited === true;
}
