import type { Clock } from '../../../domain/engine/clock.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { BrandIndex } from '../../../gateways/dynamodb/streams/scanned-records.js';
import type { StreamPage, Unreadable } from '../../../gateways/dynamodb/streams/records.js';
import type { SourceStream } from '../../../gateways/dynamodb/streams/source-stream.js';
import type { FollowedShard, ShardBook } from './shard-book.js';

export interface ShardRead {
  readonly shard: FollowedShard;
  /** Undefined for a shard without a readable record. */
  readonly page: StreamPage | undefined;
  /** Why records are lost that were not read. */
  readonly lost: Lost | undefined;
}

/** `position-too-old`: the position itself says so. */
export type Lost = Exclude<Unreadable, 'expired'> | 'position-too-old';

export interface ShardReading {
  readonly stream: SourceStream;
  readonly arn: string;
  readonly book: ShardBook;
  readonly brands: BrandIndex;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A stream keeps records for 24 hours. The rest is for clocks that differ. */
const KEPT_MS = 23 * 3_600_000;
/** An iterator that has expired, a position that is too old, a shard that is gone. */
const MOST_TRIES = 4;

/**
 * Reads a shard's next page: at its iterator, or at its position where there is none or DynamoDB does not take it any more. Where the position is
 * older than the stream keeps, reads from the oldest record that there is, and says so.
 */
export async function readShard(shard: FollowedShard, reading: ShardReading): Promise<ShardRead> {
  const { stream, arn, book, brands, clock, signal } = reading;
  const asked = new Date(clock.now());
  let from = shard;
  let lost: Lost | undefined;
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    // The oldest record says nothing of those before it.
    if (from.position === undefined && isTooOld(from.readUntil, asked)) {
      lost = 'position-too-old';
      from = { ...from, readUntil: asked };
    }
    const { position: after, iterator } = from;
    const opened =
      iterator === undefined ? await stream.open({ arn, id: from.id, after }, signal) : { iterator };
    const page = typeof opened === 'string' ? opened : await stream.read(opened.iterator, brands, signal);
    if (typeof page === 'object')
      return { shard: book.after(from, page, asked, clock.elapsed()), page, lost };
    if (page === 'expired') {
      from = { ...from, iterator: undefined };
      continue;
    }
    // DynamoDB Local says so, too, where a shard had no record yet. What has come since a recent read is still kept.
    if (page === 'gone' || isTooOld(from.readUntil, asked)) lost = page;
    const readUntil = lost === undefined ? from.readUntil : asked;
    from = { ...from, position: undefined, iterator: undefined, readUntil };
    // Not even its oldest record: it is closed, or gone. The list of shards tells.
    if (after === undefined && iterator === undefined)
      return { shard: { ...from, isUnreadable: true }, page: undefined, lost };
  }
  throw new CarryoverError('SourceUnavailable', `DynamoDB takes no iterator for a shard of ${stream.table}.`);
}

function isTooOld(readUntil: Date, now: Date): boolean {
  return now.getTime() - readUntil.getTime() > KEPT_MS;
}
