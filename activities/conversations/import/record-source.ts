import type { Phase } from '../../../domain/conversations/phases.js';
import type { Digest, Mapped, MessageRow, ThreadRow } from '../../../domain/conversations/records/rows.js';
import { WrittenMessage } from '../../../gateways/dynamodb/message-page.js';
import type { Item } from '../../../gateways/dynamodb/items.js';
import type { PhaseRef } from '../../../gateways/store/work/phase-ref.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import type { LaneOptions } from '../../engine/lane.js';
import type { Source } from '../../engine/source.js';

/** A record as a source gives it: an item, or what an item can be made of. */
export type SourceRecord = Item | WrittenMessage;

export function itemOf(record: SourceRecord): Item {
  return record instanceof WrittenMessage ? record.item : record;
}

/** What a phase's slices are to hold. */
export interface SlicesWanted {
  readonly phase: PhaseRef;
  readonly part: Phase | 'all';
  /** Threads are read from their table, all of them, whatever the part. */
  readonly allThreads?: boolean;
  /** The run of the workflow that asks. */
  readonly run: string;
}

/** Where a brand's records lie, and how they are read there. */
export interface RecordSource {
  /** Those that recent messages need. */
  readonly recentThreads: Source<Item>;
  readonly threads: Source<Item>;
  readonly messages: Source<SourceRecord>;
  /** What a lane that reads them should know. */
  readonly lane: LaneOptions;
  mapThread(item: Item): Mapped<ThreadRow>;
  mapMessage(item: Item): Mapped<MessageRow>;
  /**
   * The row of a message where it can be made quickly, and anew whenever it is wanted; undefined where only `mapMessage` can tell.
   *
   * @param digest the row's own, once it is known
   */
  plainRow?(record: SourceRecord, digest?: Digest): MessageRow | undefined;
  /** Thread records with these ids, asked for one by one; those that do not exist are left out. */
  lookUpThreads(threadIds: readonly string[], signal: AbortSignal): Promise<Item[]>;
  /** Which of these threads another brand of the account has now. */
  threadsUnder(
    brandId: string,
    threadIds: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>>;
  /** Whether `recentThreads` reads this thread. */
  isRecentThread(item: Item): boolean;
  /** Makes the phase with its first slices; once for a run at least, and said again it changes nothing. */
  plan(pool: Pool, wanted: SlicesWanted, signal: AbortSignal): Promise<void>;
}
