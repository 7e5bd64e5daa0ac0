import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { SourceStream } from '../../../gateways/dynamodb/streams/source-stream.js';
import { claimTable, releaseTable } from '../../../gateways/store/conversations/streams/follow-tables.js';
import type {
  ClaimedTable,
  FollowedTable,
} from '../../../gateways/store/conversations/streams/follow-tables.js';
import { endStream, replaceStream } from '../../../gateways/store/conversations/streams/switch-stream.js';
import type { Lane } from '../../../gateways/store/work/slices.js';
import type { FollowActivities } from '../types.js';
import { besideWaiting, pause } from './beside-waiting.js';
import type { WaitingDependencies } from './beside-waiting.js';
import { Follower } from './follower.js';
import type { FollowerDependencies, FollowerEnd } from './follower.js';
import { startingShards, wantedStream } from './stream-starts.js';
import type { StreamsWanted } from './stream-starts.js';
import { forTenMinutes } from './ten-minutes.js';

export interface FollowDependencies extends WaitingDependencies {
  readonly streams: Readonly<Record<FollowedTable, SourceStream>>;
  readonly streamsWanted: StreamsWanted;
  readonly onMoved?: FollowerDependencies['onMoved'];
  /** Starts the polling of accounts whose stream was switched off. A worker does it later if this fails. */
  readonly startPolling?: () => Promise<void>;
}

/** The pause after another lane was found to follow the table, or the stream was found switched off. */
const AGAIN_MS = 5_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** Creates the activity that follows a table's stream for ten minutes. Another call continues. */
export function createFollowTable(deps: FollowDependencies): FollowActivities['followTable'] {
  return ({ table }) =>
    forTenMinutes(deps.clock, async (lane, signal) => ({
      followed: (await followFor(table, lane, deps, signal)) !== 'left',
    }));
}

/**
 * Claims the table and follows it until the signal is aborted. Retries a failing source or store without limit: positions do not move meanwhile, and
 * each attempt of Temporal's would cost.
 */
export async function followFor(
  table: FollowedTable,
  lane: Lane,
  deps: FollowDependencies,
  signal: AbortSignal,
): Promise<FollowerEnd> {
  const { clock, logger } = deps;
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const begun = clock.elapsed();
    try {
      const end = await followOnce(table, lane, deps, signal);
      if (end !== 'busy' && end !== 'ended') return end;
      await pause(clock, AGAIN_MS, signal);
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof CarryoverError)) throw error;
      logger.warn({ table, type: error.type }, 'Following is interrupted; trying again');
      if (clock.elapsed() - begun > LONGEST_PAUSE_MS) pauseMs = FIRST_PAUSE_MS;
      await pause(clock, Math.max(pauseMs, 1_000 * (error.options.retryAfterSeconds ?? 0)), signal);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }
  return 'stopped';
}

async function followOnce(
  table: FollowedTable,
  lane: Lane,
  deps: FollowDependencies,
  signal: AbortSignal,
): Promise<FollowerEnd | 'busy'> {
  const { pool } = deps.store;
  const claimed = await claimTable(pool, table, lane);
  if (claimed === undefined) return 'left';
  if (claimed === 'busy') return 'busy';
  try {
    const held = await checkStream(claimed, deps, signal);
    if (held === undefined) return 'left';
    const follower = new Follower(
      { ...deps, ...deps.hints, pool, stream: deps.streams[table] },
      held,
      signal,
    );
    // In one of the two lanes that follow tables.
    if (table === 'threads') return await follower.run();
    return await besideWaiting(deps, 'stream', signal, () => follower.run());
  } finally {
    await releaseTable(pool, claimed).catch(() => undefined);
  }
}

/** Whether the followed stream is still the table's, or which stream is now. Undefined if there is none. */
async function checkStream(
  held: ClaimedTable,
  { store: { pool }, streams, streamsWanted, clock, startPolling }: FollowDependencies,
  signal: AbortSignal,
): Promise<ClaimedTable | undefined> {
  const stream = streams[held.table];
  const at = new Date(clock.now());
  const found = await wantedStream(stream, streamsWanted, signal);
  if ('lacks' in found) {
    await endStream(pool, held, found.lacks, at);
    await startPolling?.().catch(() => undefined);
    return undefined;
  }
  if (found.arn === held.streamArn) return held;
  const to = { streamArn: found.arn, shards: await startingShards(stream, found.arn, at, signal) };
  await replaceStream(pool, held, to);
  return { ...held, streamArn: found.arn };
}
