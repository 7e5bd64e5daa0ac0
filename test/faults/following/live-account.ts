import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type pg from 'pg';
import type { LooseItem } from '../../../dev/sample/contract.js';
import type { SampleAccount } from '../../../dev/sample/generator/account.js';

export type Table = 'threads' | 'messages';

/** `aside`: in quarantine, or as a copy that another one stands for. */
export type Kept = 'in its place' | 'aside' | 'not at all';

const KEYS = { threads: ['brand_id', 'thread_id'], messages: ['thread_id', 'message_key'] } as const;

/** Where records are written, and where they must come to. */
export interface Places {
  readonly source: DynamoDBDocumentClient;
  readonly tables: Readonly<Record<Table, string>>;
  readonly store: pg.Pool;
}

/** An account whose records change at the source. What the source holds of it is known, so that the store can be compared with it. */
export class LiveAccount {
  readonly #records: Readonly<Record<Table, Map<string, LooseItem>>>;
  /** Records that are gone: whether the store had them right before. */
  readonly #removed: Readonly<Record<Table, Map<string, boolean>>> = {
    threads: new Map(),
    messages: new Map(),
  };
  /** Messages that came, by key, and that nothing has touched since. */
  readonly #untouched = new Map<string, LooseItem>();

  constructor(
    readonly begun: SampleAccount,
    private readonly places: Places,
  ) {
    const byKey = (table: Table, items: Iterable<LooseItem>) =>
      new Map([...items].map((item) => [keyOf(table, item), item]));
    this.#records = {
      threads: byKey('threads', begun.threads()),
      messages: byKey('messages', begun.messages()),
    };
  }

  get accountId(): string {
    return this.begun.accountId;
  }

  /** A part of every id of the account. */
  get tag(): string {
    return this.brandIds[0]?.split('_')[1] ?? '';
  }

  get brandIds(): string[] {
    return this.begun.payload.brands.map(({ brand_id: id }) => id);
  }

  /** What the source holds of it, as of an account that does not change. */
  now(): SampleAccount {
    const records = this.#records;
    return {
      ...this.begun,
      *threads() {
        yield* records.threads.values();
      },
      *messages() {
        yield* records.messages.values();
      },
    };
  }

  records(table: Table): LooseItem[] {
    return [...this.#records[table].values()];
  }

  messagesOf(thread: LooseItem): LooseItem[] {
    return this.records('messages').filter((item) => item['thread_id'] === thread['thread_id']);
  }

  /** Ids of messages that came while the account was followed, and that nothing has touched since. */
  untouched(): string[] {
    return [...this.#untouched.values()].map((item) => String(item['message_id']));
  }

  async put(table: Table, item: LooseItem): Promise<void> {
    await this.places.source.send(new PutCommand({ TableName: this.places.tables[table], Item: item }));
    const key = keyOf(table, item);
    const isNew = !this.#records[table].has(key) && !this.#removed[table].has(key);
    this.#records[table].set(key, item);
    this.#removed[table].delete(key);
    this.#touch(table, item);
    if (isNew && table === 'messages') this.#untouched.set(key, item);
  }

  /** `isMoved`: another brand has it now. Answers how the store kept it right before. */
  async remove(table: Table, item: LooseItem, isMoved = false): Promise<Kept> {
    const kept = await this.#keptAs(table, item);
    const Key = Object.fromEntries(KEYS[table].map((name) => [name, item[name]]));
    await this.places.source.send(new DeleteCommand({ TableName: this.places.tables[table], Key }));
    this.#records[table].delete(keyOf(table, item));
    this.#removed[table].set(keyOf(table, item), kept !== 'not at all' && !isMoved);
    this.#touch(table, item);
    return kept;
  }

  /** The table and key of records that are gone; `held`: only those that the store had right before they went. */
  removed(which: 'all' | 'held'): Set<string> {
    const of = (table: Table) =>
      [...this.#removed[table]].flatMap(([key, wasHeld]) =>
        which === 'all' || wasHeld ? [`${table} ${key}`] : [],
      );
    return new Set([...of('threads'), ...of('messages')]);
  }

  #touch(table: Table, item: LooseItem): void {
    if (table === 'messages') this.#untouched.delete(keyOf(table, item));
    else for (const message of this.messagesOf(item)) this.#untouched.delete(keyOf('messages', message));
  }

  async #keptAs(table: Table, item: LooseItem): Promise<Kept> {
    const [hash, range] = KEYS[table].map((name) => String(item[name]));
    const held =
      table === 'threads'
        ? `thread_sources s JOIN message_threads t ON t.id = s.thread_id JOIN brands b ON b.id = t.brand_id
           WHERE b.source_id = $1 AND s.source_id = $2`
        : `messages WHERE source_thread_id = $1 AND source_key = $2`;
    const { rows } = await this.places.store.query<{ held: boolean; aside: boolean }>(
      `SELECT EXISTS (SELECT FROM ${held}) AS held,
         EXISTS (SELECT FROM quarantined_records WHERE source_table = $3 AND source_key = $4
           UNION ALL SELECT FROM carryover.superseded_copies WHERE $3 = 'messages' AND source_key = $4) AS aside`,
      [hash, range, table, keyOf(table, item)],
    );
    if (rows[0]?.held === true) return 'in its place';
    return rows[0]?.aside === true ? 'aside' : 'not at all';
  }
}

/** Hash and range key, joined by `/`, as the store names a record. */
export function keyOf(table: Table, item: LooseItem): string {
  return KEYS[table].map((name) => String(item[name])).join('/');
}
