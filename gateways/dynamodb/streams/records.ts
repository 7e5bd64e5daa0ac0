import { GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import type { Hint } from '../../../domain/conversations/following/hints.js';
import { pageBuffers } from '../../page-buffers.js';
import type { SourceTable, SourceTables } from '../client.js';
import { sourceError } from '../errors.js';
import { keepAnswer } from '../middleware.js';
import { scanRecords } from './record-scan.js';
import type { BrandIndex, ScannedRecords } from './scanned-records.js';

/**
 * Why reading a shard cannot continue from a position. `expired`: the iterator is older than 15 minutes; a new one continues there. `too-old`: the
 * stream no longer keeps what follows the position, so changes are lost. `gone`: the shard or stream no longer exists, so changes are lost as well.
 */
export type Unreadable = 'expired' | 'too-old' | 'gone';

const UNREADABLE: Readonly<Record<string, Unreadable>> = {
  ExpiredIteratorException: 'expired',
  TrimmedDataAccessException: 'too-old',
  ResourceNotFoundException: 'gone',
};

/** A page of a shard. */
export interface StreamPage extends ScannedRecords {
  readonly bytes: number;
  /** The changes of brands other than those that it was read for. */
  hintsOf(brands: BrandIndex): readonly Hint[];
  /** Gives the page's bytes back. `hintsOf` must not be called afterwards. */
  release(): void;
}

/** An iterator that continues after the record with this number, or begins with the oldest that is kept. Throws as `readRecords` does. */
export async function openShard(
  tables: SourceTables,
  table: SourceTable,
  shard: { readonly arn: string; readonly id: string; readonly after: string | undefined },
  signal?: AbortSignal,
): Promise<{ readonly iterator: string } | Unreadable> {
  const command = new GetShardIteratorCommand({
    StreamArn: shard.arn,
    ShardId: shard.id,
    ...(shard.after === undefined
      ? { ShardIteratorType: 'TRIM_HORIZON' }
      : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: shard.after }),
  });
  return answerOr(table, signal, async (options) => {
    const { ShardIterator: iterator = '' } = await tables.streams[table].send(command, options);
    return { iterator };
  });
}

/**
 * Reads up to 1,000 records, or 1 MB. An empty page does not mean that nothing is left: it may take several calls to reach the next record. DynamoDB
 * allows 5 calls a second for each shard. Throws CarryoverError (Source…), or the signal's reason.
 */
export async function readRecords(
  tables: SourceTables,
  table: SourceTable,
  iterator: string,
  brands: BrandIndex,
  signal?: AbortSignal,
): Promise<StreamPage | Unreadable> {
  return answerOr(table, signal, async (options) => {
    const command = new GetRecordsCommand({ ShardIterator: iterator });
    const answer = keepAnswer(command);
    await tables.streams[table].send(command, options);
    const bytes = answer();
    return {
      ...scanRecords(bytes, table, brands),
      bytes: bytes.length,
      hintsOf: (others) => scanRecords(bytes, table, others).hints,
      release: () => pageBuffers.give(pageBuffers.wholeOf(bytes)),
    };
  });
}

async function answerOr<Answer>(
  table: SourceTable,
  signal: AbortSignal | undefined,
  ask: (options: { abortSignal?: AbortSignal }) => Promise<Answer>,
): Promise<Answer | Unreadable> {
  try {
    return await ask(signal === undefined ? {} : { abortSignal: signal });
  } catch (error) {
    const unreadable = error instanceof Error ? UNREADABLE[error.name] : undefined;
    if (unreadable !== undefined && signal?.aborted !== true) return unreadable;
    throw sourceError(error, `reading the stream of ${table}`, signal);
  }
}
