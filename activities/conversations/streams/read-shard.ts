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
  /** Why unread records were lost. */
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

/** A stream keeps records for 24 hours. An hour is left for clocks that differ. */
const KEPT_MS = 23 * 3_600_000;
/** An iterator that has expired, a position that is too old, a shard that is gone. */
const MOST_TRIES = 4;

/**
 * Reads a shard's next page: at its iterator or, if there is none or it has expired, at its position. If the stream no longer keeps the position,
 * reads from the oldest record and reports the loss.
 */
export async function readShard(shard: FollowedShard, reading: ShardReading): Promise<ShardRead> {
  const { stream, arn, book, brands, clock, signal } = reading;
  const asked = new Date(clock.now());
  let from = shard;
  let lost: Lost | undefined;
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    // The oldest record does not tell whether others before it were dropped.
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
    // DynamoDB Local answers this also for a shard without records. Changes since a recent read are still kept, so they are not lost.
    if (page === 'gone' || isTooOld(from.readUntil, asked)) lost = page;
    const readUntil = lost === undefined ? from.readUntil : asked;
    from = { ...from, position: undefined, iterator: undefined, readUntil };
    // Not even the oldest record could be read: the shard is closed or gone, which the list of shards tells.
    if (after === undefined && iterator === undefined)
      return { shard: { ...from, isUnreadable: true }, page: undefined, lost };
  }
  throw new CarryoverError('SourceUnavailable', `DynamoDB takes no iterator for a shard of ${stream.table}.`);
}

function isTooOld(readUntil: Date, now: Date): boolean {
  return now.getTime() - readUntil.getTime() > KEPT_MS;
}
