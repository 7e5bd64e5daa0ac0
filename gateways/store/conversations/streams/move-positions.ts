import { transaction } from '../../sql/transaction.js';
import type { Pool } from '../../sql/transaction.js';
import { holdTable, writeShards } from './follow-tables.js';
import type { FollowLease, ShardPosition } from './follow-tables.js';
import { markGap } from './gaps.js';
import type { GapReason } from './gaps.js';

/** How far a follower has come since its last move. */
export interface Move {
  /** The brand that joined last, of those whose changes were looked for. */
  readonly joined: bigint;
  readonly shards: readonly ShardPosition[];
  /** Shards that the stream has dropped. */
  readonly dropped: readonly string[];
  /** Changes are lost for all brands that are followed. */
  readonly gap: GapReason | undefined;
}

/**
 * Moves positions under the lease, with all that belongs to them. `lost`: another lane has claimed the table. `joined`: a brand has joined whose
 * changes were not looked for. Then nothing is written.
 *
 * A change is made after its brand joined, read after that, and committed here after that: so this transaction sees the brand.
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
