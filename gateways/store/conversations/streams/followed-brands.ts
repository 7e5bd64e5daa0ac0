import type { FollowedBrand } from '../../../../domain/conversations/following/hints.js';
import { ask } from '../../sql/ask.js';
import type { Pool } from '../../sql/transaction.js';
import type { FollowedTable } from './follow-tables.js';

/** The brands that are followed by the stream, as far as a follower does not know them. */
export interface JoinedBrands {
  /** The number of the one that joined last of all. */
  readonly last: bigint;
  /** Those that joined after the one that the follower knew to be the last. */
  readonly brands: readonly FollowedBrand[];
}

export async function readJoined(pool: Pool, table: FollowedTable, after: bigint): Promise<JoinedBrands> {
  // One statement, so that the brands are those up to the last one.
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

/** Of these brands, those that are followed still. */
export async function readFollowed(pool: Pool, brandIds: readonly string[]): Promise<FollowedBrand[]> {
  if (brandIds.length === 0) return [];
  return ask<{ accountId: string; brandId: string }>(
    pool,
    'SELECT account_id AS "accountId", brand_id AS "brandId" FROM carryover.followed_brands WHERE brand_id = ANY ($1)',
    [brandIds],
  );
}
