import { ask } from '../../sql/ask.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool } from '../../sql/transaction.js';
import { markGap } from './gaps.js';

/** Beyond this many waiting hints of a brand, a verification with repair is cheaper than looking at each record. */
export const MOST_WAITING = 50_000;

/** Drops the waiting hints of brands that have too many, such as those of a migration that is paused for days, and marks the gap. */
export async function dropOverfull(pool: Pool): Promise<void> {
  const full = await ask<{ id: string; brandId: string }>(
    pool,
    `SELECT b.id, b.source_id AS "brandId" FROM brands b WHERE b.id IN (
       SELECT brand_id FROM carryover.waiting_hints GROUP BY brand_id HAVING count(*) > $1) ORDER BY b.id`,
    [MOST_WAITING],
  );
  for (const { id, brandId } of full)
    await transaction(pool, 'drop-waiting', async (tx) => {
      await tx.run`DELETE FROM carryover.waiting_hints WHERE brand_id = ${id}::bigint`;
      await markGap(tx, 'too-many', [brandId]);
    });
}
