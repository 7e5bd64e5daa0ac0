import { quarantined } from '../../../domain/conversations/records/quarantine.js';
import { REFUSED } from '../../../domain/conversations/records/quarantine-reasons.js';
import type { Clock } from '../../../domain/engine/clock.js';
import type { QuarantinedRecord, ThreadRow } from '../../../domain/conversations/records/rows.js';
import { WrittenRecord } from '../../../domain/conversations/written/written-record.js';
import type { Item } from '../../../gateways/dynamodb/items.js';
import { refusalOfThreads, writeThreadBatch } from '../../../gateways/store/conversations/import/batches.js';
import type { BatchContext, ThreadBatch } from '../../../gateways/store/conversations/import/batches.js';
import { importPhase } from '../../../gateways/store/conversations/import/phases.js';
import type { ReadThread } from '../../../gateways/store/conversations/import/threads.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import { findRefused } from '../../engine/refused.js';
import type { Target } from '../../engine/target.js';
import { together } from '../../engine/together.js';
import { itemOf } from './record-source.js';
import type { RecordSource, SourceRecord } from './record-source.js';
import { unfollowedThreads } from './unfollowed.js';

/** What targets of the conversations kind work with. */
export interface SourceContext extends BatchContext {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly source: RecordSource;
}

/** Writes a brand's threads to the store. */
export function threadTarget(context: SourceContext): Target<SourceRecord> {
  return together<SourceRecord, ThreadBatch>({
    pool: context.pool,
    name: 'commit-threads',
    phase: importPhase(context.brand, context.phase),
    ...unfollowedThreads(context.brand),
    prepare: (items) => mapThreads(context, items),
    write: (tx, batch) => writeThreadBatch(tx, context, batch),
    withoutRefused: (batch) => withoutRefusedThreads(context, batch),
  });
}

export function mapThreads({ source }: SourceContext, read: readonly SourceRecord[]): ThreadBatch {
  const threads: ReadThread[] = [];
  const records: QuarantinedRecord[] = [];
  for (const record of read) {
    const row = record instanceof WrittenRecord ? source.plainThread(record) : undefined;
    const mapped = row ? undefined : source.mapThread(itemOf(record));
    if (row) threads.push(new MappedThread(record, row));
    else if (mapped?.kind === 'row') threads.push(new MappedThread(record, mapped.row));
    else if (mapped) records.push(mapped.record);
  }
  return { threads, records };
}

/** Creates the item on use, which only the few quarantined records need. */
class MappedThread implements ReadThread {
  constructor(
    private readonly record: SourceRecord,
    readonly row: ThreadRow,
  ) {}

  get item(): Item {
    return itemOf(this.record);
  }
}

/** Quarantines the threads that PostgreSQL refuses. */
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

export function refusalReason(code: string): string {
  return `${REFUSED} its data (${code})`;
}
