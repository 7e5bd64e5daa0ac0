import { DescribeStreamCommand } from '@aws-sdk/client-dynamodb-streams';
import type { SourceTable, SourceTables } from '../client.js';
import { sourceError } from '../errors.js';

/** A part of a stream. Once it is closed, its changes continue in its children. */
export interface Shard {
  readonly id: string;
  readonly parent: string | undefined;
  readonly isClosed: boolean;
}

export interface StreamShards {
  /** False once the stream was switched off: its last shards have no children. */
  readonly isEnabled: boolean;
  readonly shards: readonly Shard[];
}

/** All shards that the stream still has. Throws CarryoverError (Source…), or the signal's reason. */
export async function listShards(
  tables: SourceTables,
  table: SourceTable,
  arn: string,
  signal?: AbortSignal,
): Promise<StreamShards> {
  const shards: Shard[] = [];
  let last: string | undefined;
  let isEnabled = true;
  try {
    do {
      const command = new DescribeStreamCommand({
        StreamArn: arn,
        ...(last === undefined ? {} : { ExclusiveStartShardId: last }),
      });
      const { StreamDescription: found } = await tables.streams[table].send(
        command,
        signal === undefined ? {} : { abortSignal: signal },
      );
      isEnabled = found?.StreamStatus === 'ENABLED' || found?.StreamStatus === 'ENABLING';
      for (const { ShardId: id = '', ParentShardId: parent, SequenceNumberRange: range } of found?.Shards ??
        [])
        shards.push({ id, parent, isClosed: range?.EndingSequenceNumber !== undefined });
      last = found?.LastEvaluatedShardId;
    } while (last !== undefined);
  } catch (error) {
    throw sourceError(error, `describing the stream of ${table}`, signal);
  }
  return { isEnabled, shards };
}
