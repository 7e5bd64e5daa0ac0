import type { FollowedBrand } from '../../../../domain/conversations/following/hints.js';
import { ask } from '../../sql/ask.js';
import type { Pool } from '../../sql/transaction.js';
import type { FollowedTable } from './follow-tables.js';

/** The brands followed by the stream that a follower does not know yet. */
export interface JoinedBrands {
  /** The number of the brand that joined last. */
  readonly last: bigint;
  /** The brands that joined after the last one that the follower knew. */
  readonly brands: readonly FollowedBrand[];
}

export async function readJoined(pool: Pool, table: FollowedTable, after: bigint): Promise<JoinedBrands> {
  // One statement, so that `brands` and `last` agree.
  const [row] = await ask<{ last: string; brands: FollowedBrand[] }>(
    pool,
    `SELECT t.joined AS last, (
       SELECT coalesce(json_agg(json_build_object('accountId', b.account_id, 'brandId', b.brand_id)), '[]')
       FROM carryover.followed_brands b JOIN carryover.followed_accounts f USING (account_id)
       WHERE f.by = 'stream' AND b.joined > $2) AS brands
     FROM carryover.follow_tables t WHERE t.source_table = $1`,
    [table, String(after)],
  );
  return { last: BigInt(row?.last ?? after), brands: row?.brands ?? [] };
}

/** Those of these brands that are still followed. */
export async function readFollowed(pool: Pool, brandIds: readonly string[]): Promise<FollowedBrand[]> {
  if (brandIds.length === 0) return [];
  return ask<{ accountId: string; brandId: string }>(
    pool,
    'SELECT account_id AS "accountId", brand_id AS "brandId" FROM carryover.followed_brands WHERE brand_id = ANY ($1)',
    [brandIds],
  );
}
