import type { Store } from './connect.js';
import { storeError } from './errors.js';

/** The account's brands (Conversations' ids) that have attachments which may still be fetched. */
export async function brandsToFetch({ pool }: Pick<Store, 'pool'>, accountId: string): Promise<string[]> {
  try {
    const { rows } = await pool.query<{ source_id: string }>(
      `SELECT b.source_id FROM brands b JOIN accounts a ON a.id = b.account_id
       WHERE a.source_id = $1 AND EXISTS (SELECT FROM attachments x WHERE x.brand_id = b.id AND x.stored_url IS NULL
         AND (x.error ->> 'final')::boolean IS NOT TRUE)
       ORDER BY b.id`,
      [accountId],
    );
    return rows.map((row) => row.source_id);
  } catch (error) {
    throw storeError(error);
  }
}
