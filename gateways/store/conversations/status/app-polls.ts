/** Which accounts' apps ask how far the migration is: somebody waits for these. Losing it costs nobody more than a turn. */

import type pg from 'pg';
import { storeError } from '../../sql/errors.js';

type Pool = Pick<pg.Pool, 'query'>;

/** Nobody waits for the note, so nothing else shall wait for it either. */
const TIMEOUT_MS = 3_000;

/**
 * Notes that these accounts' apps have just asked, in one statement. A row is written once a minute at most, whatever API processes
 * note; in order, so that two of them never wait for each other in a circle. Throws StoreUnavailable.
 */
export async function noteAppPolls(pool: Pool, accountIds: readonly string[]): Promise<void> {
  const query = {
    text: `INSERT INTO app_polls (account_source_id, polled_at) SELECT id, now() FROM unnest($1::text[]) id ORDER BY id
       ON CONFLICT (account_source_id) DO UPDATE SET polled_at = excluded.polled_at
       WHERE app_polls.polled_at < excluded.polled_at - interval '1 minute'`,
    values: [accountIds],
    query_timeout: TIMEOUT_MS,
  };
  await pool.query(query).catch((error: unknown) => {
    throw storeError(error);
  });
}

/** Whether the account's app has asked within the last two minutes. Throws StoreUnavailable. */
export async function isAwaited(pool: Pool, accountId: string): Promise<boolean> {
  const { rows } = await pool
    .query<{ awaited: boolean }>(
      `SELECT EXISTS (SELECT FROM app_polls WHERE account_source_id = $1 AND polled_at > now() - interval '2 minutes') AS awaited`,
      [accountId],
    )
    .catch((error: unknown) => {
      throw storeError(error);
    });
  return rows[0]?.awaited === true;
}
