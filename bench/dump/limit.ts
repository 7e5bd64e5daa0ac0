/**
 * The best plain script for the same work: it streams, unpacks, splits and parses every file, several at once, and writes them by one COPY into
 * the store's table with all its indexes. It has no cursor, conflict check, digest, quarantine or comparison; ids are known beforehand.
 */
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { Pool } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { DumpTarget } from '../../dev/sample/dump.js';
import { copyLine } from '../../gateways/store/sql/copy.js';

const AT_ONCE = 4;

interface PlainRecord {
  readonly [name: string]: unknown;
  readonly thread_id: string;
}

/** Returns the number of written messages. */
export async function copyPlainly(pool: Pool, target: DumpTarget, names: readonly string[]): Promise<number> {
  const store = await pool.connect();
  const { rows } = await store.query<{ id: string }>(
    `WITH a AS (INSERT INTO accounts (source_id, name) VALUES ('limit', 'limit') RETURNING id)
     INSERT INTO brands (account_id, source_id, name) SELECT id, 'limit', 'limit' FROM a RETURNING id`,
  );
  const contacts = new Map<string, number>();
  const pairs = new Map<string, string>();
  const threadIds = new Map<string, number>();
  let sources = '';
  await readAll(target, names.filter((name) => name.startsWith('threads/')), (record) => {
    const [c1, c2, kind, status] = [text(record, 'c1'), text(record, 'c2') ?? '', text(record, 'kind'), text(record, 'status')];
    const contact = contacts.get(c2) ?? contacts.size + 1;
    contacts.set(c2, contact);
    const id = contact;
    pairs.set(c2, copyLine([id, rows[0]?.id ?? '', contact, JSON.stringify([c1, c2]), c1, c2, status]));
    threadIds.set(record.thread_id, id);
    sources += copyLine([record.thread_id, id, kind, status]);
  }); // prettier-ignore
  const write = async (table: string, text: string) => {
    const stream = store.query(copyFrom(`COPY ${table} FROM STDIN`));
    const done = finished(stream);
    stream.end(Buffer.from(text));
    await done;
  };
  await write(
    'contacts (id, account_id, identity)',
    [...contacts].map(([c2, id]) => copyLine([id, 1, c2])).join(''),
  );
  await write('message_threads (id, brand_id, contact_id, pair_key, c1, c2, status)', [...pairs.values()].join('')); // prettier-ignore
  await write('thread_sources (source_id, thread_id, kind, status)', sources);

  const stream = store.query(
    copyFrom(`COPY messages (thread_id, source_id, direction, kind, author, body, sent_at, telephony, metadata, source_key,
      source_thread_id) FROM STDIN`),
  );
  const done = finished(stream);
  let [count, lines] = [0, ''];
  await readAll(
    target,
    names.filter((name) => name.startsWith('messages/')),
    (record) => {
      lines += messageLine(record, threadIds);
      count += 1;
    },
    async () => {
      const bytes = Buffer.from(lines);
      lines = '';
      if (!stream.write(bytes)) await once(stream, 'drain');
    },
  );
  stream.end();
  await done;
  store.release();
  return count;
}

async function readAll(
  target: DumpTarget,
  names: readonly string[],
  take: (record: PlainRecord) => void,
  afterChunk: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const waiting = [...names];
  const takeFiles = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop())
      await readFile(target, name, take, afterChunk);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, takeFiles));
}

async function readFile(
  { client, bucket, prefix }: DumpTarget,
  name: string,
  take: (record: PlainRecord) => void,
  afterChunk: () => Promise<void>,
): Promise<void> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: `${prefix}/${name}` }));
  const text = createGunzip({ chunkSize: 128 * 1024 });
  const done = pipeline(Body as Readable, text);
  let rest = '';
  for await (const chunk of text.setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const each of lines) take(JSON.parse(each) as PlainRecord);
    await afterChunk();
  }
  await done;
}

function messageLine(record: PlainRecord, threadIds: ReadonlyMap<string, number>): string {
  const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  return copyLine([
    threadIds.get(record.thread_id) ?? null,
    text(record, 'message_id'),
    text(record, 'direction'),
    text(record, 'kind'),
    text(record, 'author'),
    text(record, 'body'),
    text(record, 'sent_at'),
    json(record['telephony']),
    json(record['metadata']),
    text(record, 'message_key'),
    record.thread_id,
  ]);
}

function text(record: PlainRecord, name: string): string | null {
  const value = record[name];
  return typeof value === 'string' ? value : null;
}
