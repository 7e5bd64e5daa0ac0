import type { Applied } from '../../../../domain/conversations/following/hints.js';
import type { Transaction } from '../../sql/transaction.js';

/** What one transaction of following did to a brand. */
export interface FollowedBrand {
  /** The store's id. */
  readonly brandId: string;
  readonly applied: Applied;
  /** A source thread was taken away from its thread. */
  readonly displaced: boolean;
}

/** Records what the transaction did; returns its number for each brand. */
export async function noteFollowing(
  tx: Transaction,
  brands: readonly FollowedBrand[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await tx.query<{ brand_id: string; applied: string }>(
    `INSERT INTO carryover.followings AS f (brand_id, applied, displaced, added, changed, removed, last_at)
     SELECT brand_id, 1, displaced::integer, added, changed, removed, CASE WHEN added + changed + removed > 0 THEN clock_timestamp() END
     FROM unnest($1::bigint[], $2::boolean[], $3::bigint[], $4::bigint[], $5::bigint[])
       AS v (brand_id, displaced, added, changed, removed) ORDER BY brand_id
     ON CONFLICT (brand_id) DO UPDATE SET applied = f.applied + 1,
       displaced = CASE WHEN excluded.displaced = 0 THEN f.displaced ELSE f.applied + 1 END,
       added = f.added + excluded.added, changed = f.changed + excluded.changed, removed = f.removed + excluded.removed,
       last_at = coalesce(excluded.last_at, f.last_at)
     RETURNING brand_id, applied`,
    [
      brands.map(({ brandId }) => brandId),
      brands.map(({ displaced }) => displaced),
      brands.map(({ applied }) => applied.added),
      brands.map(({ applied }) => applied.changed),
      brands.map(({ applied }) => applied.removed),
    ],
  );
  return new Map(rows.map((row) => [row.brand_id, row.applied]));
}

/** Removes what following has kept of an account (Conversations' id), for a reset. Idempotent. */
export async function forgetFollowing(tx: Transaction, accountId: string): Promise<void> {
  for (const table of ['followings', 'followed_keys', 'waiting_hints', 'removed_records'])
    await tx.query(
      `DELETE FROM carryover.${table} WHERE brand_id IN (
         SELECT b.id FROM brands b JOIN accounts a ON a.id = b.account_id WHERE a.source_id = $1)`,
      [accountId],
    );
}
