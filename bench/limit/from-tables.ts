/**
 * The best plain script for the same work: it copies one account of one brand from DynamoDB into the store's tables, as somebody would write it
 * for a single use, starting over if something breaks. It has no workflow, cursor, conflict check, digest, quarantine or comparison.
 *
 * 1. Threads: read concurrently in slices of time, create contacts and threads with ids in memory, and write them by three COPYs.
 * 2. Messages: divide the index into slices of equal time, and read several at once with DynamoDB's largest pages. Write the pages as they arrive
 *    by one COPY into `messages`, which has all its indexes.
 *
 * It uses the low-level client, which takes less CPU than the document client, and unmarshals only the two maps of a message. `run.ts` runs it as
 * a process, configured by its environment.
 */
import { Agent } from 'node:http';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import pg from 'pg';
import { reported } from './report.js';
import { Threads, copyMessages, line, makeBrand } from './rows.js';
import type { ThreadRecord } from './rows.js';

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
// The SDK copies every answer for a log that is off: a third of the script's CPU time. Few know, so only the lean script goes without.
if (process.env['BENCH_LEAN'] !== undefined) dynamodb.middlewareStack.remove('loggerMiddleware');
const store = new pg.Client({ connectionString: process.env['DATABASE_URL'] });

async function main(): Promise<void> {
  await store.connect();
  const threads = new Threads(await makeBrand(store, ACCOUNT, BRAND));
  await readAll('threads', 'by_last_message', 'last_message_at', (items) => {
    for (const item of items) threads.add(threadRecord(item));
  });
  await threads.write(store);
  await copyMessages(store, (write) =>
    readAll('messages', 'by_brand', 'message_key', async (items) => {
      let lines = '';
      for (const item of items) lines += messageLine(item, threads);
      await write(lines);
    }),
  );
}

function threadRecord(item: Item): ThreadRecord {
  return {
    id: text(item, 'thread_id'),
    kind: text(item, 'kind'),
    c1: text(item, 'c1'),
    c2: text(item, 'c2'),
    name: text(item, 'c2_name'),
    status: text(item, 'status'),
  };
}

function messageLine(item: Item, threads: Threads): string {
  const threadId = text(item, 'thread_id');
  return line([
    threads.idOf(threadId),
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

await reported(main);
dynamodb.destroy();
await store.end();
