import type { FollowedBrand } from '../../../../domain/conversations/following/hints.js';
import { sha256Hex } from '../../../../domain/conversations/records/digest.js';
import type { RecordKey } from '../../../../domain/conversations/records/quarantine-key.js';
import type { SourceTable } from '../../../../domain/conversations/records/rows.js';
import { IS_HALTED } from '../../migrations/migrations.js';
import { ask } from '../../sql/ask.js';
import type { Pool, Transaction } from '../../sql/transaction.js';

/** A hint that cannot be applied yet. */
export interface WaitingHint {
  /** The store's id. */
  readonly brandId: string;
  readonly table: SourceTable;
  readonly key: RecordKey;
  /** A thread that the source thread has left, whose messages must be looked at; the store's id. */
  readonly leftThread?: string | undefined;
}

const NO_THREAD = '0';

export async function addWaiting(on: Pool | Transaction, hints: readonly WaitingHint[]): Promise<void> {
  if (hints.length === 0) return;
  const keys = hints.map(({ key }) => JSON.stringify([key.hash, key.range]));
  await ask(
    on,
    `INSERT INTO carryover.waiting_hints (brand_id, source_table, key_hash, key, left_thread)
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[]) ON CONFLICT DO NOTHING`,
    [
      hints.map(({ brandId }) => brandId),
      hints.map(({ table }) => table),
      keys.map(sha256Hex),
      keys,
      hints.map(({ leftThread }) => leftThread ?? NO_THREAD),
    ],
  );
}

/** Takes the brand's oldest hints, at most `limit`. */
export async function takeWaiting(tx: Transaction, brandId: string, limit: number): Promise<WaitingHint[]> {
  const { rows } = await tx.query<{ source_table: SourceTable; key: string; left_thread: string }>(
    `DELETE FROM carryover.waiting_hints WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM carryover.waiting_hints WHERE brand_id = $1 ORDER BY since, key_hash LIMIT $2))
     RETURNING source_table, key, left_thread`,
    [brandId, limit],
  );
  return rows.map(({ source_table: table, key, left_thread: left }) => {
    const [hash, range] = JSON.parse(key) as [string, string];
    return { brandId, table, key: { hash, range }, leftThread: left === NO_THREAD ? undefined : left };
  });
}

/** The same for a brand by Conversations' id. Adds nothing for a brand that is not prepared, since its import reads everything later. */
export async function addWaitingOf(
  pool: Pool,
  { accountId, brandId }: FollowedBrand,
  hints: readonly Omit<WaitingHint, 'brandId'>[],
): Promise<void> {
  const [brand] = await ask<{ id: string }>(
    pool,
    'SELECT b.id FROM brands b JOIN accounts a ON a.id = b.account_id WHERE a.source_id = $1 AND b.source_id = $2',
    [accountId, brandId],
  );
  if (brand)
    await addWaiting(
      pool,
      hints.map((hint) => ({ ...hint, brandId: brand.id })),
    );
}

/** Finds each brand once, however many of its hints wait. */
const BRANDS = `
  WITH RECURSIVE brand (id) AS (
    SELECT min(brand_id) FROM carryover.waiting_hints
    UNION ALL SELECT (SELECT min(brand_id) FROM carryover.waiting_hints WHERE brand_id > brand.id) FROM brand WHERE brand.id IS NOT NULL
  )
  SELECT a.source_id AS "accountId", b.source_id AS "brandId" FROM brand w JOIN brands b ON b.id = w.id
  JOIN accounts a ON a.id = b.account_id JOIN carryover.units u ON u.id = b.unit_id
  JOIN carryover.migrations m ON m.id = u.migration_id AND NOT ${IS_HALTED}
  WHERE $1::text IS NULL OR a.source_id = $1 ORDER BY b.id`;

/** The brands, of one account (Conversations' id) or of all, with waiting hints whose migrations are not halted. */
export function brandsWaiting(pool: Pool, accountId?: string): Promise<FollowedBrand[]> {
  return ask<FollowedBrand & Record<string, unknown>>(pool, BRANDS, [accountId ?? null]);
}
