import { byteOrder } from '../../../domain/engine/bytes/order.js';
import { mapMessage } from '../../../domain/conversations/records/map-message.js';
import { mapThread } from '../../../domain/conversations/records/map-thread.js';
import type { SourceTable, SourceTables } from '../../../gateways/dynamodb/client.js';
import { queryPage } from '../../../gateways/dynamodb/pages.js';
import { newestKeys, oldestKey, ORDERS } from '../../../gateways/dynamodb/ranges.js';
import type { Cursor, SourceOrder } from '../../../gateways/dynamodb/ranges.js';
import { fetchThreads } from '../../../gateways/dynamodb/threads.js';
import type { ImportedBrand } from '../../../gateways/store/conversations/import/brand.js';
import { MESSAGES, THREADS } from '../../../gateways/store/conversations/import/phases.js';
import { planRanges } from '../../../gateways/store/conversations/import/plans.js';
import type { NewSlice } from '../../../gateways/store/work/slices.js';
import { textLine } from '../../engine/slices/number-line.js';
import type { NumberLine } from '../../engine/slices/number-line.js';
import type { Source } from '../../engine/source.js';
import { textOf } from './record-source.js';
import type { RecordSource, SlicesWanted, SourceRecord } from './record-source.js';
import { TIME_LINE } from './time-line.js';

/** A brand's records in Conversations' tables: messages by time, recent threads by last message, all threads by id. */
export function tableSource(tables: SourceTables, brand: ImportedBrand): RecordSource {
  const { accountSourceId: accountId, sourceId: brandId, region } = brand;
  const records = (
    order: SourceOrder,
    lineFor: (keys: readonly string[]) => NumberLine,
  ): Source<SourceRecord> => ({
    read: (range, cursor, signal) =>
      queryPage(tables, order, brandId, range, cursor as Cursor | undefined, signal),
    cut: {
      keyOf: (record) => textOf(record, order.rangeKey) ?? '',
      oldest: (range, signal) => oldestKey(tables, order, brandId, range, signal),
      newest: (range, limit, signal) => newestKeys(tables, order, brandId, range, limit, signal),
      lineFor,
    },
  });
  return {
    recentThreads: records(ORDERS.threadsByLastMessage, () => TIME_LINE),
    threads: records(ORDERS.threadsById, textLine),
    messages: records(ORDERS.messagesByTime, () => TIME_LINE),
    lane: {},
    sources: ['threads', 'messages'] satisfies SourceTable[],
    mapThread: (item) => mapThread(item, { accountId, brandId, region }),
    mapMessage: (item) => mapMessage(item, { accountId, brandId }),
    plainThread: (record) => record.thread({ accountId, region }),
    plainMessage: (record) => record.message({ accountId }),
    lookUpThreads: (threadIds, signal) => fetchThreads(tables, brandId, threadIds, signal),
    threadsUnder: async (holder, threadIds, signal) => {
      const there = await fetchThreads(tables, holder, threadIds, signal);
      return new Set(there.map((item) => String(item['thread_id'])));
    },
    isRecentThread(record) {
      const at = textOf(record, 'last_message_at');
      return at !== undefined && byteOrder(at, brand.recentSince) >= 0;
    },
    plan: (pool, wanted) =>
      planRanges(pool, brand, wanted.phase, {
        slices: firstSlices(wanted, brand),
        whole: firstSlices({ ...wanted, part: 'all' }, brand),
      }),
  };
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
