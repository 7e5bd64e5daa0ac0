import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import type { StreamViewType } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSourceTables } from '../../dev/sample/dynamodb.js';
import { openSourceTables } from '../../gateways/dynamodb/client.js';
import type { SourceTable, SourceTables, SourceTablesOptions } from '../../gateways/dynamodb/client.js';
import { brandIndex } from '../../gateways/dynamodb/streams/scanned-records.js';
import type { StreamPage } from '../../gateways/dynamodb/streams/records.js';
import type { Shard } from '../../gateways/dynamodb/streams/shards.js';
import { sourceStream } from '../../gateways/dynamodb/streams/source-stream.js';
import type { SourceStream } from '../../gateways/dynamodb/streams/source-stream.js';
import { systemClock } from '../../gateways/clock.js';
import { startControlledDynamoDB } from '../support/dynamodb/controlled-dynamodb.js';
import type { ControlledDynamoDB } from '../support/dynamodb/controlled-dynamodb.js';
import { startEditingProxy } from '../support/proxies/editing-proxy.js';
import { startThrottlingProxy } from '../support/proxies/throttling-proxy.js';

const BRANDS = brandIndex(['br_1', 'br_2']);

let server: ControlledDynamoDB;
let client: DynamoDBClient;
let tables: SourceTables;
let stream: SourceStream;
let arn: string;
let number = 0;

beforeAll(async () => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  process.env['AWS_ACCESS_KEY_ID'] = credentials.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = credentials.secretAccessKey;
  server = await startControlledDynamoDB();
  client = new DynamoDBClient({ region: 'us-east-1', endpoint: server.endpoint, credentials });
});

afterAll(async () => {
  client?.destroy();
  await server?.stop();
});

beforeEach(async () => {
  number += 1;
  tables = openTables();
  await createSourceTables(DynamoDBDocumentClient.from(client), {
    threadsTable: tables.threads,
    messagesTable: tables.messages,
    streams: true,
  });
  stream = sourceStream(tables, 'messages');
  arn = ((await stream.find()) as { readonly arn: string }).arn;
});

afterEach(() => tables.close());

function openTables(options: SourceTablesOptions = {}): SourceTables {
  return openSourceTables({
    region: 'us-east-1',
    endpoint: server.endpoint,
    threadsTable: `threads_${number}`,
    messagesTable: `messages_${number}`,
    ...options,
  });
}

async function put(messageKey: string, brandId = 'br_1', body = ''): Promise<void> {
  const texts = { thread_id: 'thr_1', message_key: messageKey, brand_id: brandId, body };
  const item = Object.entries(texts).map(([name, S]) => [name, { S }] as const);
  await client.send(new PutItemCommand({ TableName: tables.messages, Item: Object.fromEntries(item) }));
}

async function remove(messageKey: string): Promise<void> {
  const key = { thread_id: { S: 'thr_1' }, message_key: { S: messageKey } };
  await client.send(new DeleteItemCommand({ TableName: tables.messages, Key: key }));
}

const list = async (): Promise<readonly Shard[]> => (await stream.list(arn)).shards;

async function open(shard: Shard | undefined, after?: string, of = stream): Promise<string> {
  const opened = await of.open({ arn, id: shard?.id ?? '', after });
  return typeof opened === 'string' ? opened : opened.iterator;
}

/** Reads on. */
async function read(iterator: string): Promise<StreamPage> {
  const page = await stream.read(iterator, BRANDS);
  if (typeof page === 'string') throw new Error(page);
  return page;
}

const keysOf = (page: StreamPage): string[] =>
  page.hints.map((hint) => `${hint.brandId} ${hint.table === 'messages' ? hint.messageKey : hint.threadId}`);

test('a table tells whether it has a stream with the state before and after', async () => {
  expect(await stream.find()).toEqual({ arn: expect.stringContaining(`table/messages_${number}/stream/`) });
  for (const [name, view] of [
    ['none', undefined],
    ['keys', 'KEYS_ONLY'],
  ] as const)
    await createTable(`${name}_${number}`, view);
  const others = openTables({ threadsTable: `none_${number}`, messagesTable: `keys_${number}` });
  expect(await sourceStream(others, 'threads').find()).toEqual({
    lacks: `The table none_${number} has no stream.`,
  });
  expect(await sourceStream(others, 'messages').find()).toEqual({
    lacks: `The stream of the table keys_${number} has KEYS_ONLY, not NEW_AND_OLD_IMAGES.`,
  });
  others.close();
  const missing = openTables({ threadsTable: 'no-such-table' });
  await expect(sourceStream(missing, 'threads').find()).rejects.toMatchObject({ type: 'SourceRefused' });
  missing.close();
});

async function createTable(name: string, view: StreamViewType | undefined): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      ...(view && { StreamSpecification: { StreamEnabled: true, StreamViewType: view } }),
    }),
  );
}

test('inserts, changes and deletions of followed brands are found, and reading continues after the last', async () => {
  await put('1');
  await put('1', 'br_2', 'moved');
  await put('2', 'br_9');
  await put('3', 'br_2', 'ü "quoted" \u0000 😀');
  await remove('1');
  const [shard] = await list();
  const page = await read(await open(shard));
  expect(page.count).toBe(5);
  expect(keysOf(page)).toEqual(['br_1 1', 'br_1 1', 'br_2 1', 'br_2 3', 'br_2 1']);
  expect(page.hintsOf(brandIndex(['br_9']))).toEqual([
    { table: 'messages', brandId: 'br_9', threadId: 'thr_1', messageKey: '2' },
  ]);
  await put('4');
  expect(keysOf(await read(page.next ?? ''))).toEqual(['br_1 4']);
  expect(keysOf(await read(await open(shard, page.last?.sequence)))).toEqual(['br_1 4']);
});

test('threads are found by their brand', async () => {
  const threads = sourceStream(tables, 'threads');
  const found = await threads.find();
  const item = { brand_id: { S: 'br_1' }, thread_id: { S: 'thr_1' } };
  await client.send(new PutItemCommand({ TableName: tables.threads, Item: item }));
  if ('lacks' in found) throw new Error(found.lacks);
  const [shard] = (await threads.list(found.arn)).shards;
  const opened = await threads.open({ arn: found.arn, id: shard?.id ?? '', after: undefined });
  if (typeof opened === 'string') throw new Error(opened);
  expect(await threads.read(opened.iterator, BRANDS)).toMatchObject({
    hints: [{ table: 'threads', brandId: 'br_1', threadId: 'thr_1' }],
  });
});

test('a closed shard ends, and its changes continue in its child', async () => {
  await put('1');
  await server.rollOver();
  await expect.poll(list).toHaveLength(2);
  await put('2');
  const [parent, child] = await list();
  expect(parent).toMatchObject({ isClosed: true, parent: undefined });
  expect(child).toMatchObject({ isClosed: false, parent: parent?.id });
  const page = await read(await open(parent));
  expect(keysOf(page)).toEqual(['br_1 1']);
  expect(page.next).toBeUndefined();
  expect(keysOf(await read(await open(child)))).toEqual(['br_1 2']);
});

test('a stream with many shards is listed page by page', async () => {
  await server.rollOver();
  await expect.poll(list).toHaveLength(2);
  const proxy = await startEditingProxy(server.endpoint);
  proxy.edit = (body) => {
    const answer = JSON.parse(body) as { StreamDescription: { Shards: { ShardId: string }[] } };
    const [first, ...rest] = answer.StreamDescription.Shards;
    if (rest.length === 0) return body;
    const description = {
      ...answer.StreamDescription,
      Shards: [first],
      LastEvaluatedShardId: first?.ShardId,
    };
    return JSON.stringify({ StreamDescription: description });
  };
  const paged = openTables({ endpoint: proxy.url });
  expect((await sourceStream(paged, 'messages').list(arn)).shards).toEqual(await list());
  expect(proxy.requests).toHaveLength(2);
  paged.close();
  await proxy.stop();
});

test('dropped records, expired iterators and unknown shards are distinguished', async () => {
  await put('1');
  const [shard] = await list();
  const page = await read(await open(shard));
  const { last, next = '' } = page;
  await put('2');
  await server.age(25);
  // Iterators grow older, too.
  expect(await stream.read(next, BRANDS)).toBe('expired');
  for (const after of [last?.sequence, undefined])
    expect(await stream.read(await open(shard, after), BRANDS)).toBe('too-old');
  const gone = { arn, id: 'shardId-00000001795941174756-3d04907d', after: undefined };
  expect(await stream.open(gone)).toBe('gone');
  await expect(stream.list(`${arn}0`)).rejects.toMatchObject({ type: 'SourceRefused' });
});

test('an iterator that is older than 15 minutes has expired', async () => {
  const [shard] = await list();
  const iterator = await open(shard);
  const [head, coded] = [
    iterator.slice(0, iterator.lastIndexOf('|') + 1),
    iterator.slice(iterator.lastIndexOf('|') + 1),
  ];
  const parts = Buffer.from(coded, 'base64').toString().split('|');
  const made = BigInt(parts[2] ?? 0) - 16n * 60_000n;
  const old = [...parts.slice(0, 2), String(made).padStart(30, '0')].join('|');
  expect(await stream.read(head + Buffer.from(old).toString('base64'), BRANDS)).toBe('expired');
});

test('a stream that was switched off is not enabled, and the next one is another', async () => {
  const switched = (specification: object) =>
    client.send(
      new UpdateTableCommand({ TableName: tables.messages, StreamSpecification: specification as never }),
    );
  await switched({ StreamEnabled: false });
  expect(await stream.find()).toHaveProperty('lacks');
  expect(await stream.list(arn)).toMatchObject({ isEnabled: false });
  await switched({ StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' });
  expect(await stream.find()).not.toEqual({ arn });
});

test('throttled reads of a stream are reported with its table', async () => {
  const proxy = await startThrottlingProxy(server.endpoint, systemClock);
  const heard: SourceTable[] = [];
  const throttled = openTables({ endpoint: proxy.url, onThrottled: (table) => heard.push(table) });
  const of = sourceStream(throttled, 'messages');
  const iterator = await open((await list())[0], undefined, of);
  proxy.perSecond = 0;
  await expect(of.read(iterator, BRANDS)).rejects.toMatchObject({ type: 'SourceThrottled' });
  expect(new Set(heard)).toEqual(new Set(['messages']));
  throttled.close();
  await proxy.stop();
});
