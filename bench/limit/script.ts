/**
 * The best plain script for the same work: it copies one account of one brand from DynamoDB into the store's tables, as somebody would write it
 * for a single use, starting over if something breaks. It has no workflow, cursor, conflict check, digest, quarantine or comparison.
 *
 * 1. Threads: read concurrently in slices of time, create contacts and threads with ids in memory, and write them by three COPYs.
 * 2. Messages: divide the index into slices of equal time, and read several at once with DynamoDB's largest pages. Write the pages as they arrive
 *    by one COPY into `messages`, which has all its indexes.
 *
 * It uses the low-level client, which takes less CPU than the document client, and unmarshals only the two maps of a message. `part.ts` runs it as
 * a process, configured by its environment.
 */
import { once } from 'node:events';
import { Agent } from 'node:http';
import { finished } from 'node:stream/promises';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

type Item = Record<string, AttributeValue>;

const ACCOUNT = process.env['BENCH_ACCOUNT'] ?? '';
const BRAND = process.env['BENCH_BRAND'] ?? '';
const SLICES = Number(process.env['BENCH_SLICES'] ?? 96);
const AT_ONCE = Number(process.env['BENCH_AT_ONCE'] ?? 8);
const PAGE = Number(process.env['BENCH_PAGE'] ?? 2_500);

const dynamodb = new DynamoDBClient({
  endpoint: process.env['DYNAMODB_ENDPOINT'] ?? '',
  region: process.env['AWS_REGION'] ?? '',
  requestHandler: { httpAgent: new Agent({ keepAlive: true, maxSockets: 128 }) },
});
const store = new pg.Client({ connectionString: process.env['DATABASE_URL'] });

async function main(): Promise<void> {
  await store.connect();
  const brandId = await makeBrand();
  const threadIds = await copyThreads(brandId);
  await copyMessages(threadIds);
}

async function makeBrand(): Promise<string> {
  const { rows } = await store.query<{ id: string }>(
    `WITH a AS (INSERT INTO accounts (source_id, name) VALUES ($1, $1) RETURNING id)
     INSERT INTO brands (account_id, source_id, name) SELECT id, $2, $2 FROM a RETURNING id`,
    [ACCOUNT, BRAND],
  );
  return rows[0]?.id ?? '';
}

/** Copies the threads. Returns the store's thread ids by the source's. */
async function copyThreads(brandId: string): Promise<Map<string, number>> {
  const contacts = new Map<string, { id: number; name: string }>();
  const pairs = new Map<string, { id: number; line: string }>();
  const threadIds = new Map<string, number>();
  let sources = '';
  await readAll('threads', 'by_last_message', 'last_message_at', (items) => {
    for (const item of items) {
      const [c1, c2, kind, id] = [
        text(item, 'c1'),
        text(item, 'c2'),
        text(item, 'kind'),
        text(item, 'thread_id'),
      ];
      let contact = contacts.get(c2);
      if (!contact) contacts.set(c2, (contact = { id: contacts.size + 1, name: text(item, 'c2_name') }));
      const key = kind === 'sms' || kind === 'void' ? JSON.stringify([c1, c2]) : `thread:${id}`;
      let pair = pairs.get(key);
      if (!pair) {
        const number = pairs.size + 1;
        const values = [number, brandId, contact.id, key, c1, c2, text(item, 'status')];
        pairs.set(key, (pair = { id: number, line: line(values) }));
      }
      threadIds.set(id, pair.id);
      sources += line([id, pair.id, kind, text(item, 'status')]);
    }
  });
  const contactLines = [...contacts].map(([identity, { id, name }]) => line([id, 1, identity, name]));
  await copyText('contacts (id, account_id, identity, name)', contactLines.join(''));
  const threadColumns = 'id, brand_id, contact_id, pair_key, c1, c2, status';
  await copyText(`message_threads (${threadColumns})`, [...pairs.values()].map((pair) => pair.line).join(''));
  await copyText('thread_sources (source_id, thread_id, kind, status)', sources);
  return threadIds;
}

async function copyMessages(threadIds: ReadonlyMap<string, number>): Promise<void> {
  const stream = store.query(
    copyFrom(
      `COPY messages (thread_id, source_id, direction, kind, author, body, sent_at, telephony, metadata, source_key,
         source_thread_id) FROM STDIN`,
    ),
  );
  const done = finished(stream);
  await readAll('messages', 'by_brand', 'message_key', async (items) => {
    let lines = '';
    for (const item of items) lines += messageLine(item, threadIds);
    if (!stream.write(Buffer.from(lines))) await once(stream, 'drain');
  });
  stream.end();
  await done;
}

function messageLine(item: Item, threadIds: ReadonlyMap<string, number>): string {
  const threadId = text(item, 'thread_id');
  return line([
    threadIds.get(threadId) ?? null,
    text(item, 'message_id'),
    text(item, 'direction'),
    text(item, 'kind'),
    item['author']?.S ?? null,
    item['body']?.S ?? null,
    text(item, 'sent_at'),
    json(item['telephony']),
    json(item['metadata']),
    text(item, 'message_key'),
    threadId,
  ]);
}

function json(value: AttributeValue | undefined): string | null {
  return value === undefined ? null : JSON.stringify(plain(value));
}

function plain(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.L !== undefined) return value.L.map(plain);
  if (value.M === undefined) return null;
  return Object.fromEntries(Object.entries(value.M).map(([name, member]) => [name, plain(member)]));
}

/** Reads all records of the brand by an index of time, in slices of equal length, several at once. */
async function readAll(
  table: string,
  index: string,
  key: string,
  take: (items: Item[]) => void | Promise<void>,
): Promise<void> {
  const [oldest, newest] = await Promise.all([true, false].map((forward) => end(table, index, key, forward)));
  if (oldest === undefined || newest === undefined) return;
  const [from, to] = [Date.parse(oldest), Date.parse(newest) + 1];
  const bounds = Array.from({ length: SLICES + 1 }, (_, n) =>
    new Date(from + Math.ceil(((to - from) * n) / SLICES)).toISOString(),
  );
  const slices = bounds.slice(1).map((upper, n) => ({ lower: bounds[n] ?? '', upper }));
  const work = async (): Promise<void> => {
    for (let slice = slices.pop(); slice; slice = slices.pop()) {
      let next: Item | undefined;
      do {
        const answer = await dynamodb.send(
          new QueryCommand({
            TableName: table,
            IndexName: index,
            KeyConditionExpression: '#b = :b AND #k BETWEEN :lower AND :upper',
            ExpressionAttributeNames: { '#b': 'brand_id', '#k': key },
            // A bound is never the key of a message. A thread at a bound is read in two slices, which does no harm.
            ExpressionAttributeValues: {
              ':b': { S: BRAND },
              ':lower': { S: slice.lower },
              ':upper': { S: slice.upper },
            },
            Limit: PAGE,
            ExclusiveStartKey: next,
          }),
        );
        next = answer.LastEvaluatedKey;
        await take(answer.Items ?? []);
      } while (next);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** The time in the first or the last key. */
async function end(table: string, index: string, key: string, forward: boolean): Promise<string | undefined> {
  const { Items: items } = await dynamodb.send(
    new QueryCommand({
      TableName: table,
      IndexName: index,
      KeyConditionExpression: 'brand_id = :b',
      ExpressionAttributeValues: { ':b': { S: BRAND } },
      ScanIndexForward: forward,
      Limit: 1,
    }),
  );
  return items?.[0]?.[key]?.S?.split('#')[0];
}

function text(item: Item, name: string): string {
  return item[name]?.S ?? '';
}

const SPECIAL = /[\\\n\r\t]/;
const ESCAPED: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function line(values: readonly (string | number | null)[]): string {
  let joined = '';
  for (const value of values) {
    if (joined !== '') joined += '\t';
    if (value === null) joined += '\\N';
    else if (typeof value === 'number' || !SPECIAL.test(value)) joined += value;
    else joined += value.replace(/[\\\n\r\t]/g, (special) => ESCAPED[special] ?? special);
  }
  return `${joined}\n`;
}

async function copyText(table: string, lines: string): Promise<void> {
  const stream = store.query(copyFrom(`COPY ${table} FROM STDIN`));
  stream.end(Buffer.from(lines));
  await finished(stream);
}

const [begun, before] = [performance.now(), process.cpuUsage()];
await main();
const { user, system } = process.cpuUsage(before);
const report = {
  seconds: (performance.now() - begun) / 1_000,
  cpuSeconds: (user + system) / 1e6,
  memory: (process.resourceUsage().maxRSS * 1_024) / 1e6,
};
process.send?.(report);
dynamodb.destroy();
await store.end();
process.disconnect?.();
