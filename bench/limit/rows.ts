/** What both plain scripts write: the store's rows, by one COPY a table, with ids made in memory. */

import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

export interface ThreadRecord {
  readonly id: string;
  readonly kind: string;
  readonly c1: string;
  readonly c2: string;
  readonly name: string;
  readonly status: string;
}

/** The values of a message in the order of the columns below; JSON as text. */
export type MessageValues = readonly (string | number | null)[];
const MESSAGE_COLUMNS =
  'thread_id, source_id, direction, kind, author, body, sent_at, telephony, metadata, source_key, source_thread_id';

/** Collects threads: a row for each (C1, C2) of sms and void, and for each thread of another kind. */
export class Threads {
  readonly #contacts = new Map<string, { id: number; name: string }>();
  readonly #pairs = new Map<string, { id: number; line: string }>();
  readonly #ids = new Map<string, number>();
  #sources = '';

  constructor(private readonly brandId: string) {}

  /** A second call with the same thread changes nothing. */
  add({ id, kind, c1, c2, name, status }: ThreadRecord): void {
    if (this.#ids.has(id)) return;
    let contact = this.#contacts.get(c2);
    if (!contact) this.#contacts.set(c2, (contact = { id: this.#contacts.size + 1, name }));
    const key = kind === 'sms' || kind === 'void' ? JSON.stringify([c1, c2]) : `thread:${id}`;
    let pair = this.#pairs.get(key);
    if (!pair) {
      const number = this.#pairs.size + 1;
      const values = [number, this.brandId, contact.id, key, c1, c2, status];
      this.#pairs.set(key, (pair = { id: number, line: line(values) }));
    }
    this.#ids.set(id, pair.id);
    this.#sources += line([id, pair.id, kind, status]);
  }

  /** The store's id of the source's thread. */
  idOf(id: string): number | null {
    return this.#ids.get(id) ?? null;
  }

  async write(store: Client): Promise<void> {
    const contacts = [...this.#contacts].map(([identity, { id, name }]) => line([id, 1, identity, name]));
    await copyText(store, 'contacts (id, account_id, identity, name)', contacts.join(''));
    const pairs = [...this.#pairs.values()].map((pair) => pair.line);
    const columns = 'id, brand_id, contact_id, pair_key, c1, c2, status';
    await copyText(store, `message_threads (${columns})`, pairs.join(''));
    await copyText(store, 'thread_sources (source_id, thread_id, kind, status)', this.#sources);
  }
}

/** Creates the account and the brand. Returns the brand's row id. */
export async function makeBrand(store: Client, account: string, brand: string): Promise<string> {
  const { rows } = await store.query<{ id: string }>(
    `WITH a AS (INSERT INTO accounts (source_id, name) VALUES ($1, $1) RETURNING id)
     INSERT INTO brands (account_id, source_id, name) SELECT id, $2, $2 FROM a RETURNING id`,
    [account, brand],
  );
  return rows[0]?.id ?? '';
}

/** Gives `work` a function that writes lines into the messages, by one COPY over all calls. */
export async function copyMessages(
  store: Client,
  work: (write: (lines: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const stream = store.query(copyFrom(`COPY messages (${MESSAGE_COLUMNS}) FROM STDIN`));
  const done = finished(stream);
  await work(async (lines) => {
    if (!stream.write(Buffer.from(lines))) await once(stream, 'drain');
  });
  stream.end();
  await done;
}

async function copyText(store: Client, table: string, lines: string): Promise<void> {
  const stream = store.query(copyFrom(`COPY ${table} FROM STDIN`));
  stream.end(Buffer.from(lines));
  await finished(stream);
}

const SPECIAL = /[\\\n\r\t]/;
const ESCAPED: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A row in COPY's text format. */
export function line(values: MessageValues): string {
  let joined = '';
  for (const value of values) {
    if (joined !== '') joined += '\t';
    if (value === null) joined += '\\N';
    else if (typeof value === 'number' || !SPECIAL.test(value)) joined += value;
    else joined += value.replace(/[\\\n\r\t]/g, (special) => ESCAPED[special] ?? special);
  }
  return `${joined}\n`;
}
