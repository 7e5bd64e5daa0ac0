import type { Phase } from '../../../domain/conversations/phases.js';
import type { Mapped, MessageRow, ThreadRow } from '../../../domain/conversations/records/rows.js';
import type { PlainMessage } from '../../../domain/conversations/written/plain-message.js';
import { WrittenRecord } from '../../../domain/conversations/written/written-record.js';
import type { Item } from '../../../gateways/dynamodb/items.js';
import type { PhaseRef } from '../../../gateways/store/work/phase-ref.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import type { LaneOptions } from '../../engine/lane.js';
import type { Source } from '../../engine/source.js';

/** A record as a source returns it: an item, or something that converts to one. */
export type SourceRecord = Item | WrittenRecord;

export function itemOf(record: SourceRecord): Item {
  return record instanceof WrittenRecord ? record.item : record;
}

/** An attribute that is a string; makes no item of a written record. */
export function textOf(record: SourceRecord, name: string): string | undefined {
  if (record instanceof WrittenRecord) return record.text(name);
  const value = record[name];
  return typeof value === 'string' ? value : undefined;
}

/** Which slices a phase needs. */
export interface SlicesWanted {
  readonly phase: PhaseRef;
  readonly part: Phase | 'all';
  /** Reads all threads from their table, whatever the part. */
  readonly allThreads?: boolean;
  /** The workflow run that plans. */
  readonly run: string;
}

/** Where a brand's records are and how to read them. */
export interface RecordSource {
  /** The threads that recent messages need. */
  readonly recentThreads: Source<SourceRecord>;
  readonly threads: Source<SourceRecord>;
  readonly messages: Source<SourceRecord>;
  /** Options for lanes that read from this source. */
  readonly lane: LaneOptions;
  /** The names by which reports of throttling identify the source. */
  readonly sources: readonly string[];
  mapThread(item: Item): Mapped<ThreadRow>;
  mapMessage(item: Item): Mapped<MessageRow>;
  /** The thread if it can be mapped the fast way; undefined when only `mapThread` can map it. */
  plainThread(record: WrittenRecord): ThreadRow | undefined;
  /** The same for messages. */
  plainMessage(record: WrittenRecord): PlainMessage | undefined;
  /** Looks up thread records by id; omits those that do not exist. */
  lookUpThreads(threadIds: readonly string[], signal: AbortSignal): Promise<Item[]>;
  /** Those of these threads that another brand of the account has now. */
  threadsUnder(
    brandId: string,
    threadIds: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>>;
  /** Whether `recentThreads` reads this thread. */
  isRecentThread(record: SourceRecord): boolean;
  /** Creates the phase with its first slices. Called at least once for each run; idempotent. */
  plan(pool: Pool, wanted: SlicesWanted, signal: AbortSignal): Promise<void>;
}
