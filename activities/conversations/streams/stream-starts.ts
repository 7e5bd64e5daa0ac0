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
 * Where following begins so that it finds what changes after `at`: at the oldest record of each open shard. Shards that are closed have no changes to
 * come. An open shard is a few hours old at most, and DynamoDB cannot start in the midst of one.
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
