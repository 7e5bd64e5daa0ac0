import {
  NO_THREAD_RECORD,
  THREAD_NOT_TAKEN,
} from '../../../domain/conversations/records/quarantine-reasons.js';
import { itemBytes } from '../../../domain/conversations/preflight/item-bytes.js';
import type { Findings } from '../../../domain/conversations/preflight/findings.js';
import { WrittenRecord } from '../../../domain/conversations/written/written-record.js';
import type { Item } from '../../../gateways/dynamodb/items.js';
import { itemOf, type RecordSource, type SourceRecord } from '../import/record-source.js';

/** Threads that are looked up because only their messages were read. */
const LOOKED_UP = 300;

interface Sampled {
  records: number;
  bytes: number;
}

/** What was read of one brand, mapped as its import maps it. */
export class BrandSample {
  readonly messages: Sampled = { records: 0, bytes: 0 };
  readonly threads: Sampled = { records: 0, bytes: 0 };
  /** Whether the import would take the thread, by its id. */
  readonly #taken = new Map<string, boolean>();
  /** Sampled messages that can be mapped, by thread: the first key, and how many. */
  readonly #waiting = new Map<string, { readonly key: string; messages: number }>();

  constructor(
    private readonly source: RecordSource,
    private readonly findings: Findings,
  ) {}

  addThreads(records: readonly SourceRecord[]): void {
    for (const record of records) {
      const item = itemOf(record);
      this.threads.records += 1;
      this.threads.bytes += itemBytes(item);
      this.#judge(item, true);
    }
  }

  addMessages(records: readonly SourceRecord[]): void {
    for (const record of records) {
      const item = itemOf(record);
      this.messages.records += 1;
      this.messages.bytes += itemBytes(item);
      const isPlain = record instanceof WrittenRecord && this.source.plainMessage(record) !== undefined;
      const mapped = isPlain ? undefined : this.source.mapMessage(item);
      if (mapped?.kind === 'quarantined') this.findings.add(mapped.record);
      else
        this.#wait(textOf(item['thread_id']), `${textOf(item['thread_id'])}/${textOf(item['message_key'])}`);
    }
  }

  /**
   * Judges the sampled messages by their threads, of which some are looked up. Returns how many messages are left because too many threads are missing
   * from the sample.
   */
  async settle(
    lookUp: (threadIds: readonly string[]) => Promise<readonly Item[] | undefined>,
  ): Promise<number> {
    const missing = [...this.#waiting.keys()].filter((id) => !this.#taken.has(id));
    const sought = missing.slice(0, LOOKED_UP);
    const items = sought.length === 0 ? [] : await lookUp(sought);
    for (const item of items ?? []) this.#judge(item, false);
    const answered = new Set(items === undefined ? [] : sought);
    let left = 0;
    for (const [threadId, { key, messages }] of this.#waiting) {
      const isTaken = this.#taken.get(threadId);
      if (isTaken === true) continue;
      if (isTaken === false) this.findings.count('messages', THREAD_NOT_TAKEN, key, messages);
      else if (answered.has(threadId)) this.findings.count('messages', NO_THREAD_RECORD, key, messages);
      else left += messages;
    }
    return left;
  }

  #judge(item: Item, isSampled: boolean): void {
    const mapped = this.source.mapThread(item);
    this.#taken.set(textOf(item['thread_id']), mapped.kind === 'row');
    if (mapped.kind === 'quarantined' && isSampled) this.findings.add(mapped.record);
  }

  #wait(threadId: string, key: string): void {
    const waiting = this.#waiting.get(threadId);
    if (waiting === undefined) this.#waiting.set(threadId, { key, messages: 1 });
    else waiting.messages += 1;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
