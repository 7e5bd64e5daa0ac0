import { quarantined } from '../../../domain/conversations/records/quarantine.js';
import type { MessageRow, QuarantinedRecord } from '../../../domain/conversations/records/rows.js';
import type { PlainMessage } from '../../../domain/conversations/written/plain-message.js';
import { WrittenRecord } from '../../../domain/conversations/written/written-record.js';
import { storable } from '../../../domain/engine/text.js';
import type { Item } from '../../../gateways/dynamodb/items.js';
import {
  findThreads,
  NONE_LOOKED_UP,
  refusalOfMessages,
  writeMessageBatch,
} from '../../../gateways/store/conversations/import/batches.js';
import { importPhase } from '../../../gateways/store/conversations/import/phases.js';
import { WITH_STAGING } from '../../../gateways/store/conversations/import/staging-tables.js';
import type { MessageBatch } from '../../../gateways/store/conversations/import/batches.js';
import type { MessageBrief, ReadMessage } from '../../../gateways/store/conversations/import/read-message.js';
import { patiently } from '../../engine/retries/patience.js';
import { findRefused } from '../../engine/refused.js';
import type { Target } from '../../engine/target.js';
import { together } from '../../engine/together.js';
import { itemOf } from './record-source.js';
import type { SourceRecord } from './record-source.js';
import { mapThreads, refusalReason, withoutRefusedThreads } from './import-threads.js';
import type { SourceContext } from './import-threads.js';
import { rememberThreads } from './remembered-threads.js';
import type { FindThreads } from './remembered-threads.js';
import { unfollowedMessages } from './unfollowed.js';

/** Writes a brand's messages to the store. */
export function messageTarget(context: SourceContext): Target<SourceRecord> {
  const remembered = rememberThreads(context.pool, context.brand.id);
  return together<SourceRecord, MessageBatch>({
    pool: context.pool,
    name: 'commit-messages',
    options: WITH_STAGING,
    phase: importPhase(context.brand, context.phase),
    ...unfollowedMessages(context.brand),
    prepare: async (items, signal) => {
      const mapped = mapMessages(context, items);
      return { ...mapped, ...(await resolveThreads(context, mapped.messages, signal, remembered)) };
    },
    write: (tx, batch) => writeMessageBatch(tx, context, batch),
    // Messages of other batches refer to the threads of this one.
    mayBeTakenBack: ({ lookedUp }) => lookedUp.threads.length === 0,
    withoutRefused: (batch) => withoutRefused(context, batch),
  });
}

export interface MappedMessages {
  readonly messages: readonly ReadMessage[];
  readonly records: readonly QuarantinedRecord[];
}

export function mapMessages({ source }: SourceContext, read: readonly SourceRecord[]): MappedMessages {
  const messages: ReadMessage[] = [];
  const records: QuarantinedRecord[] = [];
  for (const record of read) {
    const plain = record instanceof WrittenRecord ? source.plainMessage(record) : undefined;
    const mapped = plain ? undefined : source.mapMessage(itemOf(record));
    if (plain) messages.push(new PlainRead(record, plain));
    else if (mapped?.kind === 'row') messages.push(new MappedRead(record, mapped.row));
    else if (mapped) records.push(mapped.record);
  }
  return { messages, records };
}

/** Creates the item on use, which only the few quarantined records need. */
class MappedRead implements ReadMessage {
  constructor(
    private readonly record: SourceRecord,
    readonly row: MessageRow,
  ) {}

  get item(): Item {
    return itemOf(this.record);
  }

  get brief(): MessageBrief {
    return this.row;
  }
}

class PlainRead implements ReadMessage {
  private made: MessageRow | undefined;

  constructor(
    private readonly record: SourceRecord,
    readonly plain: PlainMessage,
  ) {}

  get item(): Item {
    return itemOf(this.record);
  }

  /** Made on use: an import writes most messages without it, and thousands of rows would be most of its memory. */
  get row(): MessageRow {
    return (this.made ??= this.plain.row);
  }

  get brief(): MessageBrief {
    return this.plain;
  }
}

/** Quarantines what PostgreSQL refuses. Starts with the threads, because messages cannot be tried together with a refused thread. */
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
 * Resolves the threads of a batch's messages before its transaction begins: reads them from the store and looks up the missing ones at the source.
 *
 * @param find how to read them; default: all from the store
 */
export async function resolveThreads(
  context: SourceContext,
  messages: readonly ReadMessage[],
  signal: AbortSignal,
  find: FindThreads = (sourceIds) => findThreads(context.pool, context.brand.id, sourceIds),
): Promise<Pick<MessageBatch, 'threadIds' | 'lookedUp' | 'applied'>> {
  const { clock, source, brand } = context;
  const byThread = new Map(messages.map((message) => [message.brief.sourceThreadId, message]));
  const { threadIds, applied } = await find([...byThread.keys()]);
  // The store may hold an id in another form than the source.
  const missing = [...byThread].filter(([id]) => !threadIds.has(id)).map(([, { item }]) => threadIdOf(item));
  if (missing.length === 0) return { threadIds, applied, lookedUp: NONE_LOOKED_UP };

  const items = await patiently(() => source.lookUpThreads(missing, signal), signal, clock);
  const foundIds = new Set(items.map((item) => storable(threadIdOf(item))));
  // Includes threads that are missing: following may bring them before the batch is written.
  const keys = missing.map((threadId) => ({ hash: brand.sourceId, range: threadId }));
  return { threadIds, applied, lookedUp: { ...mapThreads(context, items), foundIds, keys } };
}

function threadIdOf(item: unknown): string {
  return String((item as Item)['thread_id']);
}
