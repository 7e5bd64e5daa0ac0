import { ask } from '../../sql/ask.js';
import type { Pool } from '../../sql/transaction.js';

/** The brands of a finished account with a port that was ordered again since; undefined for any other account. Throws StoreUnavailable. */
export async function brandsToFollowAgain(
  pool: Pool,
  accountId: string,
): Promise<readonly string[] | undefined> {
  const [row] = await ask<{ brandIds: string[] }>(
    pool,
    `SELECT ARRAY(
       SELECT b.source_id FROM brands b JOIN accounts a ON a.id = b.account_id
       WHERE a.source_id = f.account_id AND (b.migration ->> 'withdrawn')::boolean IS NOT TRUE ORDER BY b.id) AS "brandIds"
     FROM carryover.followed_accounts f WHERE f.account_id = $1 AND f.until IS NOT NULL AND f.again`,
    [accountId],
  );
  return row?.brandIds;
}
