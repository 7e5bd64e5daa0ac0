import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  UpdateTableCommand,
  waitUntilTableExists,
  type CreateTableCommandInput,
  type DynamoDBClientConfig,
} from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { LooseItem } from './contract.js';
import type { SampleAccount } from './generator/account.js';

/** Records what has been seeded; a separate table, because the source's tables hold only records. */
const SEED_TABLE = 'carryover_sample';

export interface SeedTarget {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** Default `threads`. */
  threadsTable?: string;
  /** Default `messages`. */
  messagesTable?: string;
  /** The tables have streams, which dynalite does not support. They begin after the first records, which are not changes. */
  streams?: boolean;
  /** Records are written a hundred in a transaction: DynamoDB Local flushes its file once for each, and dynalite has none. */
  transactions?: boolean;
}

export interface SeedProgress {
  accountId: string;
  /** Records written so far, of threads and messages together. */
  written: number;
  total: number;
}

const AT_ONCE = 8;

/** A client that writes every value unchanged: empty texts stay empty, and no attribute is dropped. */
export function sampleDocumentClient(target: SeedTarget): DynamoDBDocumentClient {
  // On Node 20 the SDK warns that it will want 22; the warning must not hide what people read.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const config: DynamoDBClientConfig = {
    endpoint: target.endpoint,
    region: target.region,
    credentials: target.credentials,
    maxAttempts: 6,
  };
  return DynamoDBDocumentClient.from(new DynamoDBClient(config), {
    marshallOptions: { removeUndefinedValues: false, convertEmptyValues: false },
  });
}

/**
 * Creates the source's two tables if they are missing and writes the accounts' records. Idempotent: an account that was completely written
 * with the same options is skipped; one that was partly written is written again, with the same keys.
 */
export async function seedDynamoDB(
  target: SeedTarget,
  accounts: Iterable<SampleAccount>,
  onProgress: (progress: SeedProgress) => void = () => {},
  signal?: AbortSignal,
): Promise<void> {
  const client = sampleDocumentClient(target);
  try {
    const { threadsTable, messagesTable, streams } = target;
    await createSourceTables(client, { threadsTable, messagesTable });
    await createTable(client, seedTable);
    for (const account of accounts) await seedAccount(client, target, account, onProgress, signal);
    if (streams !== true) return;
    for (const table of [threadsTable ?? 'threads', messagesTable ?? 'messages'])
      await turnStreamOn(client, table);
  } finally {
    client.destroy();
  }
}

interface SourceTableNames {
  threadsTable?: string | undefined;
  messagesTable?: string | undefined;
  /** New tables have streams from the beginning. */
  streams?: boolean;
}

/** Creates the two tables with their indexes exactly as the contract has them. Existing tables stay unchanged. */
export async function createSourceTables(
  client: DynamoDBDocumentClient,
  names: SourceTableNames = {},
): Promise<void> {
  const threads = names.threadsTable ?? 'threads';
  const messages = names.messagesTable ?? 'messages';
  const stream = names.streams === true && STREAM;
  await createTable(client, { ...keyed(threads, ['brand_id', 'thread_id'], 'by_last_message', ['brand_id', 'last_message_at']), ...stream }); // prettier-ignore
  await createTable(client, { ...keyed(messages, ['thread_id', 'message_key'], 'by_brand', ['brand_id', 'message_key']), ...stream }); // prettier-ignore
}

/** A stream of all changes, with the state before and after. */
const STREAM = {
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
} satisfies Partial<CreateTableCommandInput>;

type Key = [hash: string, range: string];

function keyed(name: string, key: Key, index: string, indexKey: Key): CreateTableCommandInput {
  const schema = ([hash, range]: Key) => [
    { AttributeName: hash, KeyType: 'HASH' as const },
    { AttributeName: range, KeyType: 'RANGE' as const },
  ];
  const attributes = [...new Set([...key, ...indexKey])];
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: attributes.map((attribute) => ({ AttributeName: attribute, AttributeType: 'S' })),
    KeySchema: schema(key),
    GlobalSecondaryIndexes: [
      { IndexName: index, KeySchema: schema(indexKey), Projection: { ProjectionType: 'ALL' } },
    ],
  };
}

const seedTable: CreateTableCommandInput = {
  TableName: SEED_TABLE,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'account_id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'account_id', KeyType: 'HASH' }],
};

async function createTable(client: DynamoDBDocumentClient, table: CreateTableCommandInput): Promise<void> {
  try {
    await client.send(new CreateTableCommand(table));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await untilActive(client, table.TableName);
}

/** Does nothing to a table whose stream is on. */
async function turnStreamOn(client: DynamoDBDocumentClient, table: string): Promise<void> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  if (Table?.StreamSpecification?.StreamEnabled === true) return;
  await client.send(new UpdateTableCommand({ TableName: table, ...STREAM }));
  await untilActive(client, table);
}

async function untilActive(client: DynamoDBDocumentClient, table: string | undefined): Promise<void> {
  await waitUntilTableExists(
    { client, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.5 },
    { TableName: table },
  );
}

async function seedAccount(
  client: DynamoDBDocumentClient,
  target: SeedTarget,
  account: SampleAccount,
  onProgress: (progress: SeedProgress) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const fingerprint = fingerprintOf(account, target);
  const total = account.counts.threads + account.counts.messages;
  const progress = { accountId: account.accountId, written: 0, total };
  const key = { account_id: account.accountId };
  const marker = await client.send(new GetCommand({ TableName: SEED_TABLE, Key: key, ConsistentRead: true }));
  if (marker.Item?.['done'] === true && marker.Item['fingerprint'] === fingerprint) {
    onProgress({ ...progress, written: total });
    return;
  }
  const mark = (done: boolean) =>
    client.send(new PutCommand({ TableName: SEED_TABLE, Item: { ...key, fingerprint, done } }));
  await mark(false);
  const report = (count: number) => {
    signal?.throwIfAborted();
    onProgress({ ...progress, written: (progress.written += count) });
  };
  const way = target.transactions === true ? TRANSACTIONS : BATCHES;
  await writeAll(client, target.threadsTable ?? 'threads', account.threads(), report, way);
  await writeAll(client, target.messagesTable ?? 'messages', account.messages(), report, way);
  await mark(true);
}

/** A hash that changes whenever a record would. */
function fingerprintOf(account: SampleAccount, target: SeedTarget): string {
  const tables = [target.threadsTable ?? 'threads', target.messagesTable ?? 'messages'];
  return createHash('sha256')
    .update(JSON.stringify([account.options, tables]))
    .digest('hex');
}

/** How the records of one call are written. */
interface WayOfWriting {
  readonly atOnce: number;
  write(client: DynamoDBDocumentClient, table: string, records: LooseItem[]): Promise<unknown>;
}

const BATCHES: WayOfWriting = { atOnce: 25, write: writeBatch };
const TRANSACTIONS: WayOfWriting = {
  atOnce: 100,
  write: (client, table, records) =>
    client.send(
      new TransactWriteCommand({
        TransactItems: records.map((Item) => ({ Put: { TableName: table, Item } })),
      }),
    ),
};

/** Writes in calls of a few records, a few at once. It reads only a bounded number of records ahead, so a million records fit in memory. */
export async function writeAll(
  client: DynamoDBDocumentClient,
  table: string,
  items: Iterable<LooseItem>,
  onWritten: (count: number) => void = () => {},
  { atOnce, write }: WayOfWriting = BATCHES,
): Promise<void> {
  const limit = pLimit(AT_ONCE);
  const running = new Set<Promise<void>>();
  let failed: unknown;
  for (const batch of inBatches(items, atOnce)) {
    if (running.size >= AT_ONCE * 2) await Promise.race(running);
    if (failed !== undefined) break;
    const call: Promise<void> = limit(() => write(client, table, batch))
      .then(() => onWritten(batch.length))
      .catch((error: unknown) => void (failed ??= error))
      .finally(() => running.delete(call));
    running.add(call);
  }
  await Promise.all(running);
  if (failed !== undefined) throw failed;
}

function* inBatches(items: Iterable<LooseItem>, size: number): Generator<LooseItem[]> {
  let batch: LooseItem[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

async function writeBatch(client: DynamoDBDocumentClient, table: string, batch: LooseItem[]): Promise<void> {
  let left = batch.map((Item) => ({ PutRequest: { Item } })) as NonNullable<BatchRequests>;
  for (let attempt = 0; left.length > 0; attempt++) {
    if (attempt === 12)
      throw new Error(`table ${table} still refuses ${left.length} records after ${attempt} calls`);
    if (attempt > 0) await sleep(Math.min(5_000, 25 * 2 ** attempt));
    const answer = await client.send(new BatchWriteCommand({ RequestItems: { [table]: left } }));
    left = answer.UnprocessedItems?.[table] ?? [];
  }
}

type BatchRequests = NonNullable<BatchWriteCommand['input']['RequestItems']>[string];
