import { byteOrder } from '../../../domain/engine/byte-order.js';
import { mapMessage } from '../../../domain/conversations/records/map-message.js';
import { mapThread } from '../../../domain/conversations/records/map-thread.js';
import type { SourceTable, SourceTables } from '../../../gateways/dynamodb/client.js';
import { WrittenRecord } from '../../../domain/conversations/written/written-record.js';
import { queryMessages } from '../../../gateways/dynamodb/messages.js';
import { newestKeys, oldestKey, ORDERS, queryPage } from '../../../gateways/dynamodb/ranges.js';
import type { Cursor, SourceOrder } from '../../../gateways/dynamodb/ranges.js';
import { fetchThreads } from '../../../gateways/dynamodb/threads.js';
import type { ImportedBrand } from '../../../gateways/store/conversations/import/brand.js';
import { MESSAGES, THREADS } from '../../../gateways/store/conversations/import/phases.js';
import { planRanges } from '../../../gateways/store/conversations/import/plans.js';
import type { NewSlice } from '../../../gateways/store/work/slices.js';
import type { Item } from '../../../gateways/dynamodb/items.js';
import { textLine } from '../../engine/slices/number-line.js';
import type { NumberLine } from '../../engine/slices/number-line.js';
import type { Cut, Source } from '../../engine/source.js';
import type { RecordSource, SlicesWanted, SourceRecord } from './record-source.js';
import { TIME_LINE } from './time-line.js';

/** A brand's records in Conversations' tables: messages by time, recent threads by their last message, all threads by id. */
export function tableSource(tables: SourceTables, brand: ImportedBrand): RecordSource {
  const { accountSourceId: accountId, sourceId: brandId, region } = brand;
  const cut = <Some>(
    order: SourceOrder,
    keyOf: (record: Some) => string,
    lineFor: (keys: readonly string[]) => NumberLine,
  ): Cut<Some> => ({
    keyOf,
    oldest: (range, signal) => oldestKey(tables, order, brandId, range, signal),
    newest: (range, limit, signal) => newestKeys(tables, order, brandId, range, limit, signal),
    lineFor,
  });
  const threads = (order: SourceOrder, lineFor: (keys: readonly string[]) => NumberLine): Source<Item> => ({
    read: (range, cursor, signal) =>
      queryPage(tables, order, brandId, range, cursor as Cursor | undefined, signal),
    cut: cut(order, (item: Item) => String(item[order.rangeKey]), lineFor),
  });
  return {
    recentThreads: threads(ORDERS.threadsByLastMessage, () => TIME_LINE),
    threads: threads(ORDERS.threadsById, textLine),
    messages: {
      read: (range, cursor, signal) =>
        queryMessages(tables, brandId, range, cursor as Cursor | undefined, signal),
      cut: cut(ORDERS.messagesByTime, keyOfMessage, () => TIME_LINE),
    },
    lane: {},
    sources: ['threads', 'messages'] satisfies SourceTable[],
    mapThread: (item) => mapThread(item, { accountId, brandId, region }),
    mapMessage: (item) => mapMessage(item, { accountId, brandId }),
    plainMessage: (record) => (record instanceof WrittenRecord ? record.plain({ accountId }) : undefined),
    lookUpThreads: (threadIds, signal) => fetchThreads(tables, brandId, threadIds, signal),
    threadsUnder: async (holder, threadIds, signal) => {
      const there = await fetchThreads(tables, holder, threadIds, signal);
      return new Set(there.map((item) => String(item['thread_id'])));
    },
    isRecentThread: ({ last_message_at: at }) =>
      typeof at === 'string' && byteOrder(at, brand.recentSince) >= 0,
    plan: (pool, wanted) =>
      planRanges(pool, brand, wanted.phase, {
        slices: firstSlices(wanted, brand),
        whole: firstSlices({ ...wanted, part: 'all' }, brand),
      }),
  };
}

function keyOfMessage(record: SourceRecord): string {
  return record instanceof WrittenRecord ? record.key : String(record[ORDERS.messagesByTime.rangeKey]);
}

/**
 * Each message belongs to one phase: `recent` from the boundary on, `remaining` before it. The recent phase reads the threads it needs from the
 * index. The remaining phase reads all threads from their table, because an index may omit some.
 */
function firstSlices(
  { part, allThreads = false }: SlicesWanted,
  { recentSince }: ImportedBrand,
): readonly NewSlice[] {
  const boundary = JSON.stringify(recentSince);
  const whole = { lower: null, upper: null, estimate: 0 };
  const from = { lower: part === 'recent' ? boundary : null };
  const to = { upper: part === 'remaining' ? boundary : null };
  return [
    { ...whole, ...(allThreads ? {} : from), stage: THREADS },
    { ...whole, ...from, ...to, stage: MESSAGES },
  ];
}
