import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { patiently } from '../../activities/engine/patience.js';
import { systemClock } from '../../gateways/clock.js';
import { openSourceTables } from '../../gateways/dynamodb/client.js';
import type { SourceTable, SourceTables } from '../../gateways/dynamodb/client.js';
import { oldestKey, ORDERS } from '../../gateways/dynamodb/ranges.js';
import { ImportWorld } from '../activities/conversations/import/import-world.js';
import { stackEnv } from '../support/servers.js';
import { startThrottlingProxy } from '../support/throttling-proxy.js';
import type { ThrottlingProxy } from '../support/throttling-proxy.js';

const BRAND = 'br_1_1';
const MESSAGES = 80;
const BEARABLE = 10;
/** As many as the slices of a lane. */
const READERS = 16;

let world: ImportWorld;
let proxy: ThrottlingProxy;
let tables: SourceTables;
let heard: Record<SourceTable, number>;

beforeAll(async () => {
  world = await ImportWorld.open();
  proxy = await startThrottlingProxy(stackEnv().DYNAMODB_ENDPOINT, systemClock);
  await world.account('acc_1', BRAND);
  await world.putHourly(BRAND, MESSAGES);
});

afterAll(async () => {
  await proxy.stop();
  await world.close();
});

beforeEach(() => {
  heard = { threads: 0, messages: 0 };
  tables = openSourceTables({
    region: stackEnv().AWS_REGION,
    endpoint: proxy.url,
    threadsTable: world.tables.threads,
    messagesTable: world.tables.messages,
    pageRecords: 5,
    onThrottled: (table) => (heard[table] += 1),
  });
  Object.assign(proxy, { passed: 0, throttled: 0, perSecond: BEARABLE });
});

/** Reads as slices do, all at once, until the signal. */
async function readAll(from: SourceTables, signal: AbortSignal): Promise<void> {
  const read = async (): Promise<void> => {
    while (!signal.aborted) {
      const ask = () => oldestKey(from, ORDERS.messagesByTime, BRAND, { lower: null, upper: null }, signal);
      await patiently(ask, signal, systemClock).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: READERS }, read));
}

/** Which part of the answers said that it was too fast, in the time that the proxy takes to pass on so many requests. */
async function throttledShare(from: SourceTables, passing: number): Promise<number> {
  Object.assign(proxy, { passed: 0, throttled: 0 });
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const reading = readAll(from, stop.signal);
  while (proxy.passed < passing) await sleep(50);
  const share = proxy.throttled / (proxy.throttled + proxy.passed);
  stop.abort();
  await reading;
  return share;
}

test('an import from tables that throttle is complete, and each throttled read is told with its table', async () => {
  proxy.perSecond = 3;
  for (let finished = false; !finished;) {
    ({ finished } = await world.attempt(BRAND, 'recent', {}, world.environment(), { tables }));
  }
  await world.complete(BRAND, 'recent');
  expect(await world.query('SELECT count(*)::integer AS rows FROM messages')).toEqual([{ rows: MESSAGES }]);
  expect(proxy.throttled).toBeGreaterThan(0);
  expect(heard.threads + heard.messages).toBe(proxy.throttled);
  tables.close();
});

test('all readers of a table slow down together, so that few answers are throttled; afterwards the rate comes back', async () => {
  const { AWS_REGION: region } = stackEnv();
  const standard = new DynamoDBClient({ region, endpoint: proxy.url, maxAttempts: 3, retryMode: 'standard' });
  const messages = DynamoDBDocumentClient.from(standard);
  const without = await throttledShare({ ...tables, clients: { ...tables.clients, messages } }, 4 * BEARABLE);
  standard.destroy();
  // It learns the pace first.
  await throttledShare(tables, 2 * BEARABLE);
  const withBucket = await throttledShare(tables, 5 * BEARABLE);
  expect(withBucket).toBeLessThan(without / 3);

  proxy.perSecond = Number.POSITIVE_INFINITY;
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const reading = readAll(tables, stop.signal);
  let rate = 0;
  // The test's own time limit is the only one: at the old pace it never comes so far.
  while (rate < 3 * BEARABLE) {
    const before = proxy.passed;
    await sleep(1_000);
    rate = proxy.passed - before;
  }
  stop.abort();
  await reading;
  tables.close();
}, 120_000);
