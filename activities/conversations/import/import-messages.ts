import { quarantined } from '../../../domain/conversations/records/quarantine.js';
import type { Digest, MessageRow, QuarantinedRecord } from '../../../domain/conversations/records/rows.js';
import { storable } from '../../../domain/engine/text.js';
import type { Item } from '../../../gateways/dynamodb/items.js';
import {
  findThreads,
  refusalOfMessages,
  writeMessageBatch,
} from '../../../gateways/store/conversations/import/batches.js';
import { importPhase } from '../../../gateways/store/conversations/import/phases.js';
import { WITH_STAGING } from '../../../gateways/store/conversations/import/staging-tables.js';
import type { MessageBatch } from '../../../gateways/store/conversations/import/batches.js';
import type { MessageBrief, ReadMessage } from '../../../gateways/store/conversations/import/messages.js';
import { patiently } from '../../engine/patience.js';
import { findRefused } from '../../engine/refused.js';
import type { Target } from '../../engine/target.js';
import { together } from '../../engine/together.js';
import { itemOf } from './record-source.js';
import type { RecordSource, SourceRecord } from './record-source.js';
import { mapThreads, refusalReason, withoutRefusedThreads } from './import-threads.js';
import type { SourceContext } from './import-threads.js';

/** Takes a brand's messages into the store. */
export function messageTarget(context: SourceContext): Target<SourceRecord> {
  return together<SourceRecord, MessageBatch>({
    pool: context.pool,
    name: 'commit-messages',
    options: WITH_STAGING,
    phase: importPhase(context.brand, context.phase),
    prepare: async (items, signal) => {
      const mapped = mapLeanly(context, items);
      return { ...mapped, ...(await resolveThreads(context, mapped.messages, signal)) };
    },
    write: (tx, batch) => writeMessageBatch(tx, context, batch),
    withoutRefused: (batch) => withoutRefused(context, batch),
  });
}

export interface MappedMessages {
  readonly messages: readonly ReadMessage[];
  readonly records: readonly QuarantinedRecord[];
}

/** For those who look at a row again and again. */
export function mapMessages({ source }: SourceContext, read: readonly SourceRecord[]): MappedMessages {
  const messages: ReadMessage[] = [];
  const records: QuarantinedRecord[] = [];
  for (const record of read) {
    const row = source.plainRow?.(record);
    const mapped = row ? { kind: 'row' as const, row } : source.mapMessage(itemOf(record));
    if (mapped.kind === 'row') messages.push(new KeptMessage(record, mapped.row));
    else records.push(mapped.record);
  }
  return { messages, records };
}

/** For those who need a row once: thousands of them that lived as long as their batch would be most of the import's memory. */
function mapLeanly({ source }: SourceContext, read: readonly SourceRecord[]): MappedMessages {
  const messages: ReadMessage[] = [];
  const records: QuarantinedRecord[] = [];
  for (const record of read) {
    const row = source.plainRow?.(record);
    const mapped = row ? undefined : source.mapMessage(itemOf(record));
    if (row) messages.push(new LeanMessage(record, source, row));
    else if (mapped?.kind === 'row') messages.push(new KeptMessage(record, mapped.row));
    else if (mapped) records.push(mapped.record);
  }
  return { messages, records };
}

/** The item is made when it is needed: for the few that end in quarantine. */
class KeptMessage implements ReadMessage {
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

class LeanMessage implements ReadMessage {
  readonly sourceThreadId: string;
  readonly digest: Digest;
  readonly attachments = NO_ATTACHMENTS;
  readonly attachmentsDigest = 0n;

  constructor(
    private readonly record: SourceRecord,
    private readonly source: RecordSource,
    row: MessageRow,
  ) {
    this.sourceThreadId = row.sourceThreadId;
    this.digest = row.digest;
  }

  get item(): Item {
    return itemOf(this.record);
  }

  get row(): MessageRow {
    const row = this.source.plainRow?.(this.record, this.digest);
    if (!row) throw new Error('a message that could be mapped cannot be mapped again');
    return row;
  }

  get brief(): MessageBrief {
    return this;
  }
}

const NO_ATTACHMENTS: MessageRow['attachments'] = [];

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
  const { pool, clock, source, brand } = context;
  const byThread = new Map(messages.map((message) => [message.brief.sourceThreadId, message]));
  const threadIds = await findThreads(pool, brand.id, [...byThread.keys()]);
  // The store's form of an id may not be the source's own.
  const missing = [...byThread].filter(([id]) => !threadIds.has(id)).map(([, { item }]) => threadIdOf(item));
  if (missing.length === 0) return { threadIds, lookedUp: { threads: [], records: [], foundIds: new Set() } };

  const items = await patiently(() => source.lookUpThreads(missing, signal), signal, clock);
  const foundIds = new Set(items.map((item) => storable(threadIdOf(item))));
  return { threadIds, lookedUp: { ...mapThreads(context, items), foundIds } };
}

function threadIdOf(item: unknown): string {
  return String((item as Item)['thread_id']);
}
