import { transaction } from '../../sql/transaction.js';
import type { Pool } from '../../sql/transaction.js';
import { holdTable, writeShards } from './follow-tables.js';
import type { FollowLease, ShardPosition } from './follow-tables.js';
import { markGap } from './gaps.js';
import type { GapReason } from './gaps.js';

/** How far a follower has come since its last move. */
export interface Move {
  /** The number of the brand that joined last among those whose changes were looked for. */
  readonly joined: bigint;
  readonly shards: readonly ShardPosition[];
  /** Shards that the stream has dropped. */
  readonly dropped: readonly string[];
  /** Why changes were missed, for all followed brands; undefined if none were. */
  readonly gap: GapReason | undefined;
}

/**
 * Moves positions under the lease, with everything that belongs to them. Writes nothing if another lane has claimed the table (`lost`), or if a brand
 * has joined whose changes were not looked for (`joined`).
 *
 * A change is made after its brand has joined, then read, then committed here, so this transaction sees the brand.
 */
export async function movePositions(
  pool: Pool,
  held: FollowLease,
  move: Move,
): Promise<'moved' | 'joined' | 'lost'> {
  return transaction(pool, 'move-positions', async (tx) => {
    const joined = await holdTable(tx, held);
    if (joined === undefined) return 'lost';
    if (joined !== move.joined) return 'joined';
    await writeShards(tx, held.table, move.shards);
    if (move.dropped.length > 0)
      await tx.run`
        DELETE FROM carryover.follow_shards WHERE source_table = ${held.table} AND shard_id = ANY (${move.dropped}::text[])`;
    if (move.gap !== undefined) await markGap(tx, move.gap);
    return 'moved';
  });
}
