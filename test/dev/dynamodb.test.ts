import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDataFolder } from '../../dev/servers/data-folder.js';
import { canRunDynamoDbLocal } from '../../dev/servers/dynamodb/dynamodb-local.js';
import { startDynamoDb, type DynamoOptions } from '../../dev/servers/dynamodb/dynamodb.js';
import { closedFolder } from '../support/stack-command.js';

const choices: DynamoOptions['choice'][] = canRunDynamoDbLocal() ? ['local', 'dynalite'] : ['dynalite'];
const item = { id: { S: 'a' }, text: { S: 'kept' } };

let folder: Awaited<ReturnType<typeof closedFolder>>;
beforeEach(async () => {
  folder = await closedFolder();
});
afterEach(() => folder.remove());

/** Starts the server in the folder, lets `work` use it, and ends it. */
async function withServer<T>(
  options: Pick<DynamoOptions, 'choice'> & { inMemory?: boolean },
  work: (client: DynamoDBClient, name: string) => Promise<T>,
): Promise<T> {
  const data = await openDataFolder(folder.path);
  const server = await startDynamoDb({ ...options, folder: data, shortLived: true, log: () => undefined });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: server.endpoint, region: 'us-east-1', credentials });
  try {
    return await work(client, server.name);
  } finally {
    client.destroy();
    await server.stop();
    await data.release();
  }
}

async function writeItem(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: 'things',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  await waitUntilTableExists(
    { client, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.5 },
    { TableName: 'things' },
  );
  await client.send(new PutItemCommand({ TableName: 'things', Item: item }));
}

const tablesOf = async (client: DynamoDBClient): Promise<string[] | undefined> =>
  (await client.send(new ListTablesCommand({}))).TableNames;

it.each(choices)(
  'the embedded DynamoDB (%s) keeps nothing in memory, and its items in a folder, from one start to the next',
  async (choice) => {
    await withServer({ choice, inMemory: true }, async (client) => {
      await writeItem(client);
      expect(await tablesOf(client)).toEqual(['things']);
    });
    await withServer({ choice }, async (client) => {
      expect(await tablesOf(client)).toEqual([]);
      await writeItem(client);
    });
    const found = await withServer({ choice: 'auto' }, (client) =>
      client.send(new GetItemCommand({ TableName: 'things', Key: { id: item.id } })),
    );
    expect(found.Item).toEqual(item);
  },
);
