import { quarantined } from '../../domain/conversations/quarantine.js';
import type { QuarantinedRecord } from '../../domain/conversations/rows.js';
import { storable } from '../../domain/conversations/text.js';
import type { Item } from '../../gateways/dynamodb/ranges.js';
import { commitMessages, findThreads, refusalOfMessages } from '../../gateways/store/bulk/batches.js';
import type { MessageBatch } from '../../gateways/store/bulk/batches.js';
import type { ReadMessage } from '../../gateways/store/bulk/messages.js';
import { patiently } from '../import/patience.js';
import { findRefused, writeAround } from '../import/refused.js';
import type { ImportSource } from '../import/source.js';
import { mapThreads, refusalReason, withoutRefusedThreads } from './import-threads.js';
import type { SourceContext } from './import-threads.js';

/** A brand's messages. */
export function messageSource(context: SourceContext): ImportSource<Item> {
  const { pool, source } = context;
  return {
    ...source.messages,
    commit: async (items, step, signal) => {
      const mapped = mapMessages(context, items);
      const batch = { ...mapped, ...(await resolveThreads(context, mapped.messages, signal)) };
      return writeAround<MessageBatch, { readonly halted: boolean }>(
        batch,
        (some) => commitMessages(pool, context, some, step),
        (some) => withoutRefused(context, some),
      );
    },
  };
}

export interface MappedMessages {
  readonly messages: readonly ReadMessage[];
  readonly records: readonly QuarantinedRecord[];
}

export function mapMessages({ source }: SourceContext, items: readonly Item[]): MappedMessages {
  const messages: ReadMessage[] = [];
  const records: QuarantinedRecord[] = [];
  for (const item of items) {
    const mapped = source.mapMessage(item);
    if (mapped.kind === 'row') messages.push({ item, row: mapped.row });
    else records.push(mapped.record);
  }
  return { messages, records };
}

/** The batch with what PostgreSQL refuses in quarantine: threads first, since messages cannot be tried with a refused one. */
export async function withoutRefused(context: SourceContext, batch: MessageBatch): Promise<MessageBatch> {
  const threads = await withoutRefusedThreads(context, batch.lookedUp);
  const lookedUp = { ...batch.lookedUp, ...threads };
  const refused = await findRefused(batch.messages, (messages) =>
    refusalOfMessages(context.pool, context, { ...batch, lookedUp, messages, records: [] }),
  );
  const records = [...refused].map(
    ([{ item }, code]) => quarantined('messages', item, refusalReason(code)).record,
  );
  return {
    ...batch,
    lookedUp,
    messages: batch.messages.filter((message) => !refused.has(message)),
    records: [...batch.records, ...records],
  };
}

/**
 * The threads of a batch's messages, before its transaction begins: those that the store has, and what the source says when it is
 * asked once more for the others.
 */
export async function resolveThreads(
  context: SourceContext,
  messages: readonly ReadMessage[],
  signal: AbortSignal,
): Promise<Pick<MessageBatch, 'threadIds' | 'lookedUp'>> {
  const { pool, source, brand } = context;
  // The store's form of an id → the source's own.
  const ids = new Map(messages.map(({ item, row }) => [row.sourceThreadId, threadIdOf(item)]));
  const threadIds = await findThreads(pool, brand.id, [...ids.keys()]);
  const missing = [...ids].filter(([id]) => !threadIds.has(id)).map(([, ownId]) => ownId);
  if (missing.length === 0) return { threadIds, lookedUp: { threads: [], records: [], foundIds: new Set() } };

  const items = await patiently(() => source.lookUpThreads(missing, signal), signal);
  const foundIds = new Set(items.map((item) => storable(threadIdOf(item))));
  return { threadIds, lookedUp: { ...mapThreads(context, items), foundIds } };
}

function threadIdOf(item: unknown): string {
  return String((item as Item)['thread_id']);
}
