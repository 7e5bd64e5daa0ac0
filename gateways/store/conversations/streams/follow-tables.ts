import { ask } from '../../sql/ask.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';
import type { Lane } from '../../work/slices.js';

/** A source table whose changes are followed. */
export type FollowedTable = 'threads' | 'messages';

/** How long a claim holds without renewal. Must exceed the time between two commits. */
export const FOLLOW_LEASE_SECONDS = 60;

/** The right to move a table's positions, until somebody else claims it. */
export interface FollowLease {
  readonly table: FollowedTable;
  readonly lease: string;
}

export interface ClaimedTable extends FollowLease {
  readonly streamArn: string;
}

/** The position up to which a shard is read. */
export interface ShardPosition {
  readonly id: string;
  readonly parent: string | undefined;
  /** The sequence number of the last record that was read; undefined before the first. */
  readonly position: string | undefined;
  /** All changes before this time are read. */
  readonly readUntil: Date;
  /** The shard is read to its end. */
  readonly isRead: boolean;
}

/**
 * Claims a table that nobody follows, whose lease has expired, or that an earlier attempt of this lane follows. `busy`: another lane follows it.
 * Undefined: no brand is followed by its stream.
 */
export async function claimTable(
  pool: Pool,
  table: FollowedTable,
  { name, attempt }: Lane,
): Promise<ClaimedTable | 'busy' | undefined> {
  const lane = name.replaceAll('#', '~');
  const [row] = await ask<{ lease: string; streamArn: string; isFree: boolean }>(
    pool,
    `WITH found AS (
       SELECT source_table, leased_by IS NULL OR leased_until < clock_timestamp()
         OR (split_part(leased_by, '#', 1) = $2 AND split_part(leased_by, '#', 2)::integer < $3) AS free
       FROM carryover.follow_tables WHERE source_table = $1 FOR UPDATE
     ), claimed AS (
       UPDATE carryover.follow_tables t
       SET lease = t.lease + 1, leased_by = $2 || '#' || $3::integer,
         leased_until = clock_timestamp() + make_interval(secs => ${FOLLOW_LEASE_SECONDS})
       FROM found WHERE t.source_table = found.source_table AND found.free
       RETURNING t.lease, t.stream_arn
     )
     SELECT found.free AS "isFree", claimed.lease, claimed.stream_arn AS "streamArn" FROM found LEFT JOIN claimed ON true`,
    [table, lane, attempt],
  );
  if (row === undefined) return undefined;
  return row.isFree ? { table, lease: row.lease, streamArn: row.streamArn } : 'busy';
}

/** Lets another lane claim the table at once. */
export async function releaseTable(pool: Pool, { table, lease }: FollowLease): Promise<void> {
  await ask(
    pool,
    'UPDATE carryover.follow_tables SET leased_by = NULL, leased_until = NULL WHERE source_table = $1 AND lease = $2',
    [table, lease],
  );
}

/**
 * Renews the lease and locks the table: no brand joins until the transaction ends. Returns which brand joined last; undefined if the lease is lost.
 */
export async function holdTable(tx: Transaction, { table, lease }: FollowLease): Promise<bigint | undefined> {
  const [row] = await tx.rows<{ joined: bigint }>`
    UPDATE carryover.follow_tables
    SET leased_until = clock_timestamp() + make_interval(secs => ${FOLLOW_LEASE_SECONDS})
    WHERE source_table = ${table} AND lease = ${lease}::bigint RETURNING joined`;
  return row?.joined;
}

export async function readShards(pool: Pool, table: FollowedTable): Promise<ShardPosition[]> {
  const rows = await ask<{
    id: string;
    parent: string | null;
    position: string | null;
    readUntil: Date;
    isRead: boolean;
  }>(
    pool,
    `SELECT shard_id AS id, parent_id AS parent, position, read_until AS "readUntil", is_read AS "isRead"
     FROM carryover.follow_shards WHERE source_table = $1`,
    [table],
  );
  return rows.map(({ parent, position, ...row }) => ({
    ...row,
    parent: parent ?? undefined,
    position: position ?? undefined,
  }));
}

/** Writes positions, which must be held or locked by the transaction. */
export async function writeShards(
  tx: Transaction,
  table: FollowedTable,
  shards: readonly ShardPosition[],
): Promise<void> {
  if (shards.length === 0) return;
  await tx.query(
    `INSERT INTO carryover.follow_shards (source_table, shard_id, parent_id, position, read_until, is_read)
     SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::boolean[])
     ON CONFLICT (source_table, shard_id) DO UPDATE
     SET position = excluded.position, read_until = excluded.read_until, is_read = excluded.is_read`,
    [
      table,
      shards.map(({ id }) => id),
      shards.map(({ parent }) => parent ?? null),
      shards.map(({ position }) => position ?? null),
      shards.map(({ readUntil }) => readUntil),
      shards.map(({ isRead }) => isRead),
    ],
  );
}

/** Stops following a table's stream if no brand needs it any more. Returns whether it did. */
export async function leaveTable(pool: Pool, held: FollowLease): Promise<boolean> {
  return transaction(pool, 'leave-stream', async (tx) => {
    if ((await holdTable(tx, held)) === undefined) return false;
    const left = await tx.run`
      DELETE FROM carryover.follow_tables WHERE source_table = ${held.table} AND NOT EXISTS (
        SELECT FROM carryover.followed_brands b JOIN carryover.followed_accounts f USING (account_id) WHERE f.by = 'stream')`;
    return left > 0;
  });
}
