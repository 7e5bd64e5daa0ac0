import type { FollowLane } from '../../../domain/conversations/ids.js';
import type { Clock } from '../../../domain/engine/clock.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { SourceStream } from '../../../gateways/dynamodb/streams/source-stream.js';
import type { FollowedTable } from '../../../gateways/store/conversations/streams/follow-tables.js';
import {
  joinPolling,
  joinStreams,
  readFollowing,
  readTables,
} from '../../../gateways/store/conversations/streams/join.js';
import type { Joining, StreamStart } from '../../../gateways/store/conversations/streams/join.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import { startingShards, wantedStream } from './stream-starts.js';
import type { StreamsWanted } from './stream-starts.js';

export interface JoinDependencies {
  readonly store: { readonly pool: Pool };
  readonly streams: Readonly<Record<FollowedTable, SourceStream>>;
  readonly streamsWanted: StreamsWanted;
  readonly clock: Clock;
  /** Starts the workflows of these lanes, or finds them running. */
  readonly startFollowers: (lanes: readonly FollowLane[]) => Promise<void>;
}

const TABLES: readonly FollowedTable[] = ['messages', 'threads'];

/**
 * Follows the brands of an account from now on: by the streams of both tables, or by polling if there are none. MUST be called before an import of
 * the brands is planned. An account keeps the way that was chosen first. Idempotent; the next call completes one that died. Throws CarryoverError
 * (Source…, StoreUnavailable).
 */
export async function ensureFollowed(
  deps: JoinDependencies,
  account: { readonly accountId: string; readonly brandIds: readonly string[] },
): Promise<'stream' | 'poll'> {
  const { pool } = deps.store;
  const joining: Joining = { ...account, at: new Date(deps.clock.now()) };
  const before = await readFollowing(pool, account.accountId);
  const isJoined = account.brandIds.every((brandId) => before?.brandIds.includes(brandId));
  if (before?.by === 'poll') {
    if (!isJoined) await joinPolling(pool, joining);
    await deps.startFollowers(['polling']);
    return 'poll';
  }
  if (before === undefined || !isJoined) {
    const lacks = await joinByStreams(deps, joining);
    if (lacks !== undefined) {
      await joinPolling(pool, joining, lacks);
      await deps.startFollowers(['polling']);
      return 'poll';
    }
  }
  const followed = await readTables(pool);
  await deps.startFollowers(TABLES.filter((table) => followed.get(table)?.isHeld === false));
  return 'stream';
}

/** Returns why a table cannot be followed by its stream. */
async function joinByStreams(deps: JoinDependencies, joining: Joining): Promise<string | undefined> {
  for (;;) {
    const followed = await readTables(deps.store.pool);
    const starts: StreamStart[] = [];
    for (const table of TABLES.filter((each) => !followed.has(each))) {
      const start = await startOf(deps, table, joining.at);
      if (typeof start === 'string') return start;
      starts.push(start);
    }
    if (await joinStreams(deps.store.pool, joining, starts)) return undefined;
  }
}

async function startOf(
  { streams, streamsWanted }: JoinDependencies,
  table: FollowedTable,
  at: Date,
): Promise<StreamStart | string> {
  const stream = streams[table];
  try {
    const found = await wantedStream(stream, streamsWanted);
    if ('lacks' in found) return found.lacks;
    return { table, streamArn: found.arn, shards: await startingShards(stream, found.arn, at) };
  } catch (error) {
    // A role that may only read the tables, which is enough for imports.
    if (error instanceof CarryoverError && error.type === 'SourceRefused') return error.message;
    throw error;
  }
}
