import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSourceTables } from '../../gateways/dynamodb/client.js';
import type { SourceTables } from '../../gateways/dynamodb/client.js';
import { queryPage } from '../../gateways/dynamodb/pages.js';
import { ORDERS } from '../../gateways/dynamodb/ranges.js';
import { fetchThreads } from '../../gateways/dynamodb/threads.js';
import { ImportWorld } from '../activities/conversations/import/import-world.js';
import { startEditingProxy } from '../support/proxies/editing-proxy.js';
import type { EditingProxy } from '../support/proxies/editing-proxy.js';
import { dynamodbEndpoint, stackEnv } from '../support/servers.js';

const BRAND = 'br_1_1';
const WHOLE = { lower: null, upper: null };

let world: ImportWorld;
let proxy: EditingProxy;
let tables: SourceTables;

beforeEach(async () => {
  world = await ImportWorld.open();
  await world.account('acc_1', BRAND);
  await world.putHourly(BRAND, 3);
  proxy = await startEditingProxy(dynamodbEndpoint());
  tables = openSourceTables({
    region: stackEnv().AWS_REGION,
    endpoint: proxy.url,
    threadsTable: world.tables.threads,
    messagesTable: world.tables.messages,
  });
});

afterEach(async () => {
  tables.close();
  await proxy.stop();
  await world.close();
});

const withOtherCount = (body: string): string => body.replace(/"Count":\s*\d+/, '"Count":99');

test('a page that does not match its Count fails', async () => {
  expect((await queryPage(tables, ORDERS.messagesByTime, BRAND, WHOLE, undefined)).items).toHaveLength(3);
  expect((await queryPage(tables, ORDERS.threadsById, BRAND, WHOLE, undefined)).items).toHaveLength(1);
  proxy.edit = withOtherCount;
  await expect(queryPage(tables, ORDERS.messagesByTime, BRAND, WHOLE, undefined)).rejects.toMatchObject({
    type: 'SourceUnavailable',
    message: `DynamoDB's answer holds 3 records but its Count is 99: reading messages of brand ${BRAND}.`,
  });
  await expect(queryPage(tables, ORDERS.threadsById, BRAND, WHOLE, undefined)).rejects.toMatchObject({
    type: 'SourceUnavailable',
    message: `DynamoDB's answer holds 1 records but its Count is 99: reading threads of brand ${BRAND}.`,
  });
});

test('threads are looked up consistently: a new one is found', async () => {
  await fetchThreads(tables, BRAND, ['thr_1']);
  expect(JSON.parse(proxy.requests.at(-1) ?? '')).toMatchObject({
    RequestItems: { [world.tables.threads]: { ConsistentRead: true } },
  });
});
