import { quarantined } from '../../../domain/conversations/quarantine.js';
import type { Item } from '../../../gateways/dynamodb/items.js';
import type { ThreadBatch } from '../../../gateways/store/bulk/batches.js';
import { findThreads } from '../../../gateways/store/bulk/batches.js';
import type { ReadThread } from '../../../gateways/store/bulk/threads.js';
import { commitThreadTurn } from '../../../gateways/store/verify/commit.js';
import { lookUpRecords } from '../../../gateways/store/verify/held-records.js';
import { lookUpThreads } from '../../../gateways/store/verify/held-threads.js';
import { writeAround } from '../../import/refused.js';
import type { ImportSource } from '../../import/source.js';
import { mapThreads, REFUSED, withoutRefusedThreads } from '../import-threads.js';
import { judgeRefusedThread, judgeThread } from './judge-threads.js';
import type { TurnContext } from './turn-context.js';
import { Verdict } from './verdict.js';

/** A brand's threads, compared with what the store holds of them. */
export function verifiedThreads(context: TurnContext): ImportSource<Item> {
  const { pool, source } = context;
  return {
    ...source.threads,
    commit: async (items, step) => {
      const verdict = await judge(context, mapThreads(context, items));
      const { rows: threads, records } = verdict;
      const batch = context.repair && threads.length + records.length > 0 ? { threads, records } : undefined;
      return writeAround<ThreadBatch | undefined, { readonly halted: boolean }>(
        batch,
        (some) => commitThreadTurn(pool, context, verdict, some, step),
        async (some) => some && withoutRefusedThreads(context, some),
      );
    },
  };
}

async function judge(
  { pool, brand, since }: TurnContext,
  { threads, records }: ThreadBatch,
): Promise<Verdict<ReadThread>> {
  const verdict = new Verdict<ReadThread>();
  const held = await lookUpThreads(
    pool,
    brand.id,
    threads.map(({ row }) => row),
  );
  const unheld = threads.filter((_, at) => held[at]?.source?.brandId !== brand.id);
  const kept = await lookUpRecords(
    pool,
    brand,
    'threads',
    unheld.map(({ item }) => ({ record: quarantined('threads', item, REFUSED, brand.sourceId).record })),
  );
  const keptOf = new Map(unheld.map((read, at) => [read, kept[at]]));
  for (const [at, read] of threads.entries()) {
    const found = held[at];
    if (found) judgeThread(verdict, read, found, keptOf.get(read), brand.id, since);
  }
  const refused = await lookUpRecords(
    pool,
    brand,
    'threads',
    records.map((record) => ({ record })),
  );
  const sources = await findThreads(
    pool,
    brand.id,
    records.map(({ rangeKey }) => rangeKey),
  );
  for (const [at, record] of records.entries()) {
    const found = refused[at];
    if (found) judgeRefusedThread(verdict, record, found, sources.has(record.rangeKey));
  }
  return verdict;
}
