import { randomBytes } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DeleteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { openSourceTables } from '../../../../gateways/dynamodb/client.js';
import type { SourceTables } from '../../../../gateways/dynamodb/client.js';
import { dynamodbEndpoint, stackEnv } from '../../../support/servers.js';
import type { LooseItem } from './source-items.js';

export interface NewTables {
  readonly pageRecords?: number;
  /** With streams. */
  readonly streams?: boolean;
  /** Read units a second that are provisioned; by default they are paid by request. */
  readonly reads?: number | undefined;
}

/** Empty tables of their own in the shared DynamoDB. */
export async function newSourceTables({
  streams = false,
  reads,
  ...options
}: NewTables = {}): Promise<SourceTables> {
  const suffix = randomBytes(4).toString('hex');
  const env = stackEnv();
  process.env['AWS_ACCESS_KEY_ID'] = env.AWS_ACCESS_KEY_ID;
  process.env['AWS_SECRET_ACCESS_KEY'] = env.AWS_SECRET_ACCESS_KEY;
  const tables = openSourceTables({
    region: env.AWS_REGION,
    endpoint: dynamodbEndpoint(),
    threadsTable: `threads_${suffix}`,
    messagesTable: `messages_${suffix}`,
    ...options,
  });
  await createTable(tables.threads, 'brand_id', 'thread_id', 'by_last_message', 'last_message_at', {
    streams,
    reads,
  });
  await createTable(tables.messages, 'thread_id', 'message_key', 'by_brand', 'message_key', {
    streams,
    reads,
  });
  return tables;
}

/** `key`: hash and range key of a record. */
export async function removeItem(table: string, key: LooseItem): Promise<void> {
  await document().send(new DeleteCommand({ TableName: table, Key: key }));
}

export async function putItems(table: string, items: readonly LooseItem[]): Promise<void> {
  for (let at = 0; at < items.length; at += 100) {
    const writes: Promise<unknown>[] = [];
    for (let from = at; from < Math.min(at + 100, items.length); from += 25) {
      const requests = items.slice(from, from + 25).map((Item) => ({ PutRequest: { Item } }));
      writes.push(document().send(new BatchWriteCommand({ RequestItems: { [table]: requests } })));
    }
    await Promise.all(writes);
  }
}

async function createTable(
  name: string,
  hash: string,
  range: string,
  index: string,
  indexRange: string,
  { streams: isStreamed, reads }: Pick<NewTables, 'streams' | 'reads'>,
): Promise<void> {
  const attributes = [...new Set([hash, range, 'brand_id', indexRange])];
  const provisioned =
    reads === undefined
      ? undefined
      : { ProvisionedThroughput: { ReadCapacityUnits: reads, WriteCapacityUnits: 1_000 } };
  await document().send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: provisioned ? 'PROVISIONED' : 'PAY_PER_REQUEST',
      ...provisioned,
      AttributeDefinitions: attributes.map((attribute) => ({ AttributeName: attribute, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: hash, KeyType: 'HASH' },
        { AttributeName: range, KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: index,
          KeySchema: [
            { AttributeName: 'brand_id', KeyType: 'HASH' },
            { AttributeName: indexRange, KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
          ...provisioned,
        },
      ],
      ...(isStreamed && {
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      }),
    }),
  );
}

let client: DynamoDBDocumentClient | undefined;

function document(): DynamoDBDocumentClient {
  if (client) return client;
  const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = stackEnv();
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ region: AWS_REGION, endpoint: dynamodbEndpoint(), credentials }),
  );
  return client;
}
