import { beginPolling } from '../polling/polled-brands.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool } from '../../sql/transaction.js';
import { holdTable, writeShards } from './follow-tables.js';
import type { FollowLease, ShardPosition } from './follow-tables.js';
import { markGap } from './gaps.js';

/** Follows another stream of the table from now on, and marks the changes between the two as missed. Does nothing if the lease is lost. */
export async function replaceStream(
  pool: Pool,
  held: FollowLease,
  to: { readonly streamArn: string; readonly shards: readonly ShardPosition[] },
): Promise<void> {
  const { table } = held;
  await transaction(pool, 'replace-stream', async (tx) => {
    if ((await holdTable(tx, held)) === undefined) return;
    await tx.run`DELETE FROM carryover.follow_shards WHERE source_table = ${table}`;
    await tx.run`UPDATE carryover.follow_tables SET stream_arn = ${to.streamArn} WHERE source_table = ${table}`;
    await writeShards(tx, table, to.shards);
    await markGap(tx, 'stream-replaced');
  });
}

/** The table no longer has a stream: accounts that were followed by streams are polled from now on. Does nothing if the lease is lost. */
export async function endStream(pool: Pool, held: FollowLease, reason: string, at: Date): Promise<void> {
  await transaction(pool, 'end-stream', async (tx) => {
    if ((await holdTable(tx, held)) === undefined) return;
    await markGap(tx, 'stream-ended');
    await tx.run`
      UPDATE carryover.followed_accounts SET by = 'poll', by_reason = ${reason} WHERE by = 'stream' AND until IS NULL`;
    await beginPolling(tx, at);
    await tx.run`DELETE FROM carryover.follow_tables WHERE source_table = ${held.table}`;
  });
}
