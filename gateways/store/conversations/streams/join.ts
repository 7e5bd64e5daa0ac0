import { ask } from '../../sql/ask.js';
import { beginPolling } from '../polling/polled-brands.js';
import { AnotherCameFirst, transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';
import { writeShards } from './follow-tables.js';
import type { FollowedTable, ShardPosition } from './follow-tables.js';
import { markGap } from './gaps.js';

/** Where following of a table's stream begins. */
export interface StreamStart {
  readonly table: FollowedTable;
  readonly streamArn: string;
  readonly shards: readonly ShardPosition[];
}

export interface Joining {
  readonly accountId: string;
  /** Brands that do not belong to the account here are ignored. */
  readonly brandIds: readonly string[];
  readonly at: Date;
}

/** How an account is followed, and which of its brands. Undefined before it joins and after it has left. */
export async function readFollowing(
  pool: Pool,
  accountId: string,
): Promise<{ readonly by: 'stream' | 'poll'; readonly brandIds: readonly string[] } | undefined> {
  const [row] = await ask<{ by: 'stream' | 'poll'; brandIds: string[] }>(
    pool,
    `SELECT f.by, ARRAY(SELECT brand_id FROM carryover.followed_brands WHERE account_id = f.account_id) AS "brandIds"
     FROM carryover.followed_accounts f WHERE f.account_id = $1 AND f.until IS NULL`,
    [accountId],
  );
  return row;
}

/** The tables whose streams are followed, with whether a follower holds them. */
export async function readTables(
  pool: Pool,
): Promise<ReadonlyMap<FollowedTable, { readonly isHeld: boolean }>> {
  const rows = await ask<{ table: FollowedTable; isHeld: boolean }>(
    pool,
    `SELECT source_table AS table, coalesce(leased_until > clock_timestamp(), false) AS "isHeld" FROM carryover.follow_tables`,
  );
  return new Map(rows.map(({ table, isHeld }) => [table, { isHeld }]));
}

/**
 * Follows brands by the streams of both tables. Every change from now on is found, so this must be committed before an import of the brands is
 * planned. Returns false if a table is no longer followed and `starts` lacks it. Idempotent.
 */
export async function joinStreams(
  pool: Pool,
  joining: Joining,
  starts: readonly StreamStart[],
): Promise<boolean> {
  return transaction(pool, 'join-streams', async (tx) => {
    const known = await tx.rows<{ table: FollowedTable }>`
      SELECT source_table AS table FROM carryover.follow_tables ORDER BY source_table FOR UPDATE`;
    const missing = TABLES.filter((table) => !known.some((row) => row.table === table));
    const begun = starts.filter(({ table }) => missing.includes(table));
    if (begun.length < missing.length) return false;
    for (const start of begun) await beginTable(tx, start);
    await join(tx, joining, 'stream');
    return true;
  });
}

/** Follows brands by polling. Idempotent. */
export async function joinPolling(pool: Pool, joining: Joining, reason?: string): Promise<void> {
  await transaction(pool, 'join-polling', (tx) => join(tx, joining, 'poll', reason));
}

/** Stops following an account; its figures stay. */
export async function leave(tx: Transaction, accountId: string, at: Date): Promise<void> {
  await tx.run`DELETE FROM carryover.followed_brands WHERE account_id = ${accountId}`;
  await tx.run`UPDATE carryover.followed_accounts SET until = ${at} WHERE account_id = ${accountId} AND until IS NULL`;
}

/** Removes an account that is reset: once it is prepared again, it joins as if for the first time. */
export async function forgetAccount(tx: Transaction, accountId: string): Promise<void> {
  await tx.run`DELETE FROM carryover.followed_accounts WHERE account_id = ${accountId}`;
}

const TABLES: readonly FollowedTable[] = ['messages', 'threads'];

async function beginTable(tx: Transaction, { table, streamArn, shards }: StreamStart): Promise<void> {
  const begun = await tx.run`
    INSERT INTO carryover.follow_tables (source_table, stream_arn) VALUES (${table}, ${streamArn}) ON CONFLICT DO NOTHING`;
  if (begun === 0) throw new AnotherCameFirst();
  await writeShards(tx, table, shards);
}

async function join(
  tx: Transaction,
  { accountId, brandIds, at }: Joining,
  by: 'stream' | 'poll',
  reason?: string,
): Promise<void> {
  const [before] = await tx.rows<{ until: Date | null }>`
    SELECT until FROM carryover.followed_accounts WHERE account_id = ${accountId} FOR UPDATE`;
  await tx.run`
    INSERT INTO carryover.followed_accounts (account_id, by, by_reason, since) VALUES (${accountId}, ${by}, ${reason ?? null}, ${at})
    ON CONFLICT (account_id) DO UPDATE SET by = excluded.by, by_reason = excluded.by_reason, since = excluded.since, until = NULL,
      finishing = NULL, again = false
    WHERE followed_accounts.until IS NOT NULL`;
  const joined = await tx.rows<{ brandId: string; joined: bigint }>`
    INSERT INTO carryover.followed_brands (brand_id, account_id, joined)
    SELECT b.source_id, ${accountId}, nextval('carryover.followed_brands_joined_seq')
    FROM brands b JOIN accounts a ON a.id = b.account_id
    WHERE a.source_id = ${accountId} AND b.source_id = ANY (${brandIds}::text[])
    ON CONFLICT DO NOTHING RETURNING brand_id AS "brandId", joined`;
  if (joined.length === 0) return;
  // Numbers are assigned while both tables are locked, so their order is the order of commits.
  const last = joined.reduce((most, each) => (each.joined > most ? each.joined : most), 0n);
  if (by === 'stream') await tx.run`UPDATE carryover.follow_tables SET joined = ${last}`;
  const brands = joined.map(({ brandId }) => brandId);
  if (by === 'poll') await beginPolling(tx, at, brands);
  // Changes made since it was last followed have not been looked for.
  if (before?.until) await markGap(tx, 'interrupted', brands);
}
