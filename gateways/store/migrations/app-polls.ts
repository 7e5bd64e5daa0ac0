/** Which migrations' apps ask how far they are: somebody waits for these. Losing it costs nobody more than a turn. */

import type pg from 'pg';
import type { MigrationRef } from '../../../domain/engine/migration-ref.js';
import { ask } from '../sql/ask.js';

type Pool = Pick<pg.Pool, 'query'>;

/** Nobody waits for the note, so nothing else shall wait for it either. */
const TIMEOUT_MS = 3_000;

/**
 * Notes that the apps of these migrations of a kind have just asked, in one statement. A row is written once a minute at most, whatever API
 * processes note; in order, so that two of them never wait for each other in a circle. Throws StoreUnavailable.
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

/** Whether the migration's app has asked within the last two minutes. Throws StoreUnavailable. */
export async function isAwaited(pool: Pool, { kind, subject }: MigrationRef): Promise<boolean> {
  const [row] = await ask<{ awaited: boolean }>(
    pool,
    `SELECT EXISTS (SELECT FROM carryover.app_polls
       WHERE kind = $1 AND subject = $2 AND polled_at > now() - interval '2 minutes') AS awaited`,
    [kind, subject],
  );
  return row?.awaited === true;
}
