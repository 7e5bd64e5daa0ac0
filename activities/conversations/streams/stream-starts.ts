import type { SourceStream } from '../../../gateways/dynamodb/streams/source-stream.js';
import type { ShardPosition } from '../../../gateways/store/conversations/streams/follow-tables.js';

/** The form of CONVERSATIONS_STREAMS. */
export type StreamsWanted = 'auto' | 'off';

/** The table's stream, or why it is not followed. */
export async function wantedStream(
  stream: SourceStream,
  wanted: StreamsWanted,
  signal?: AbortSignal,
): Promise<{ readonly arn: string } | { readonly lacks: string }> {
  return wanted === 'off' ? { lacks: 'CONVERSATIONS_STREAMS is off.' } : stream.find(signal);
}

/**
 * Where following begins in order to find all changes after `at`: at the oldest record of each open shard. Closed shards get no more changes. An open
 * shard is at most a few hours old, and DynamoDB cannot start in the middle of one.
 */
export async function startingShards(
  stream: SourceStream,
  arn: string,
  at: Date,
  signal?: AbortSignal,
): Promise<ShardPosition[]> {
  const { shards } = await stream.list(arn, signal);
  return shards.map(({ id, parent, isClosed }) => ({
    id,
    parent,
    position: undefined,
    readUntil: at,
    isRead: isClosed,
  }));
}
