import type { FollowDependencies } from '../../activities/conversations/streams/follow-table.js';
import { followFor } from '../../activities/conversations/streams/follow-table.js';
import type { HintApplier } from '../../activities/conversations/streams/beside-waiting.js';
import { DIGEST_VERSION } from '../../domain/conversations/records/digest.js';
import { systemClock } from '../../gateways/clock.js';
import type { SourceStream } from '../../gateways/dynamodb/streams/source-stream.js';
import { joinStreams } from '../../gateways/store/conversations/streams/join.js';
import type { ShardPosition } from '../../gateways/store/conversations/streams/follow-tables.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { prepareBrand } from '../world/prepared-brand.js';
import { RECENT_SINCE } from '../world/source/now.js';

/** Accounts of one brand each, whose import is done, are followed from these positions on. */
export async function haveFollowed(
  { pool }: Pick<Store, 'pool'>,
  accounts: readonly { readonly accountId: string; readonly brandId: string }[],
  { arn, shards }: { readonly arn: string; readonly shards: readonly ShardPosition[] },
): Promise<void> {
  const starts = [
    { table: 'messages', streamArn: arn, shards },
    { table: 'threads', streamArn: arn, shards: [] },
  ] as const;
  for (const { accountId, brandId } of accounts) {
    await prepareBrand(pool, accountId, brandId, { recentSince: RECENT_SINCE });
    await joinStreams(pool, { accountId, brandIds: [brandId], at: new Date() }, starts);
  }
  await pool.query(
    `INSERT INTO carryover.phases (unit_id, pass, run, phase, digest_version, completed_at)
     SELECT u.id, 'copy', 0, p.phase, $1, now() FROM carryover.units u, unnest(ARRAY['recent', 'remaining']) AS p (phase)`,
    [DIGEST_VERSION],
  );
}

/** Follows the messages until stopped; calls `onRecords` with the number of records read since its last call. */
export function follow(
  store: Pick<Store, 'pool'>,
  stream: SourceStream,
  hints: HintApplier,
  onRecords: (records: number) => void = () => undefined,
): () => Promise<void> {
  const stop = new AbortController();
  const dependencies: FollowDependencies = {
    store,
    hints,
    streams: { messages: stream, threads: stream },
    streamsWanted: 'auto',
    clock: systemClock,
    fetchFiles: async () => undefined,
    catchUp: async () => undefined,
    logger: { warn: (facts, message) => console.error(message, facts) },
    onMoved: (_, records) => onRecords(records),
  };
  const ended = followFor('messages', { name: 'bench', attempt: 1 }, dependencies, stop.signal);
  ended.catch(() => undefined);
  return async () => {
    stop.abort();
    await ended;
  };
}
