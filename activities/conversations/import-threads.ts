import { mapThread } from '../../domain/conversations/map-thread.js';
import { quarantined } from '../../domain/conversations/quarantine.js';
import type { QuarantinedRecord } from '../../domain/conversations/rows.js';
import type { SourceTables } from '../../gateways/dynamodb/client.js';
import { oldestKey, ORDERS, queryPage } from '../../gateways/dynamodb/ranges.js';
import type { Cursor, Item } from '../../gateways/dynamodb/ranges.js';
import { commitThreads, refusalOfThreads } from '../../gateways/store/bulk/batches.js';
import type { BatchContext, ThreadBatch } from '../../gateways/store/bulk/batches.js';
import type { ReadThread } from '../../gateways/store/bulk/threads.js';
import type { Pool } from '../../gateways/store/bulk/transaction.js';
import { TIME_LINE, textLine } from '../import/number-line.js';
import { findRefused, writeAround } from '../import/refused.js';
import type { ImportSource } from '../import/source.js';

/** What a source of the conversations kind works with. */
export interface SourceContext extends BatchContext {
  readonly pool: Pool;
  readonly tables: SourceTables;
}

type ThreadOrder = 'threadsById' | 'threadsByLastMessage';

/** A brand's threads, in the order of their ids or of their last messages. */
export function threadSource(context: SourceContext, orderName: ThreadOrder): ImportSource<Item> {
  const { pool, tables, brand } = context;
  const order = ORDERS[orderName];
  return {
    readPage: (range, cursor, signal) =>
      queryPage(tables, order, brand.sourceId, range, cursor as Cursor | undefined, signal),
    oldestKey: (range, signal) => oldestKey(tables, order, brand.sourceId, range, signal),
    keyOf: (item) => String(item[order.rangeKey]),
    lineFor: (keys) => (orderName === 'threadsById' ? textLine(keys) : TIME_LINE),
    commit: (items, step) =>
      writeAround(
        mapThreads(context, items),
        (batch) => commitThreads(pool, context, batch, step),
        (batch) => withoutRefusedThreads(context, batch),
      ),
  };
}

export function mapThreads({ brand }: BatchContext, items: readonly Item[]): ThreadBatch {
  const context = { accountId: brand.accountSourceId, brandId: brand.sourceId, region: brand.region };
  const threads: ReadThread[] = [];
  const records: QuarantinedRecord[] = [];
  for (const item of items) {
    const mapped = mapThread(item, context);
    if (mapped.kind === 'row') threads.push({ item, row: mapped.row });
    else records.push(mapped.record);
  }
  return { threads, records };
}

/** The batch with the threads that PostgreSQL refuses in quarantine. */
export async function withoutRefusedThreads(
  context: SourceContext,
  batch: ThreadBatch,
): Promise<ThreadBatch> {
  const refused = await findRefused(batch.threads, (threads) =>
    refusalOfThreads(context.pool, context, { threads, records: [] }),
  );
  const records = [...refused].map(
    ([{ item }, code]) => quarantined('threads', item, refusalReason(code), context.brand.sourceId).record,
  );
  return {
    threads: batch.threads.filter((thread) => !refused.has(thread)),
    records: [...batch.records, ...records],
  };
}

/** How the reason begins of a record that could be mapped and not be written. */
export const REFUSED = 'PostgreSQL refuses';

export function refusalReason(code: string): string {
  return `${REFUSED} its data (${code})`;
}
