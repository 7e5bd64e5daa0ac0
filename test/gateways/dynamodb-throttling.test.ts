import { ThrottleNotes } from '../../activities/engine/governing/throttle-notes.js';
import { setMaxListeners } from 'node:events';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { patiently } from '../../activities/engine/retries/patience.js';
import { systemClock } from '../../gateways/clock.js';
import { openSourceTables } from '../../gateways/dynamodb/client.js';
import type { SourceTable, SourceTables, SourceTablesOptions } from '../../gateways/dynamodb/client.js';
import { oldestKey, ORDERS } from '../../gateways/dynamodb/ranges.js';
import { ImportWorld } from '../activities/conversations/import/import-world.js';
import { nextTurn } from '../support/next-turn.js';
import { stackEnv } from '../support/servers.js';
import { startThrottlingProxy } from '../support/proxies/throttling-proxy.js';
import type { ThrottlingProxy } from '../support/proxies/throttling-proxy.js';
import { VirtualClock } from '../support/virtual-clock.js';

const BRAND = 'br_1_1';
const MESSAGES = 80;
const BEARABLE = 10;
/** As many as the slices of a lane. */
const READERS = 16;
const STEP_MS = 10;

let world: ImportWorld;
let proxy: ThrottlingProxy;

beforeAll(async () => {
  world = await ImportWorld.open();
  await world.account('acc_1', BRAND);
  await world.putHourly(BRAND, MESSAGES);
});

afterEach(async () => {
  vi.useRealTimers();
  await proxy.stop();
});

afterAll(() => world.close());

function openTables(options: SourceTablesOptions = {}): SourceTables {
  return openSourceTables({
    region: stackEnv().AWS_REGION,
    endpoint: proxy.url,
    threadsTable: world.tables.threads,
    messagesTable: world.tables.messages,
    pageRecords: 5,
    ...options,
  });
}

test('an import from throttling tables is complete, and each throttled read is reported with its table', async () => {
  proxy = await startThrottlingProxy(stackEnv().DYNAMODB_ENDPOINT, systemClock);
  proxy.perSecond = 3;
  const heard: Record<SourceTable, number> = { threads: 0, messages: 0 };
  const throttles = new ThrottleNotes({ clock: systemClock, pool: world.pool });
  const tables = openTables({
    onThrottled: (table, read) => {
      heard[table] += 1;
      throttles.heard({ source: table, ...read });
    },
  });
  for (let finished = false; !finished;) {
    ({ finished } = await world.attempt(BRAND, 'recent', {}, world.environment(), { tables, throttles }));
  }
  await throttles.close();
  const [{ throttled: note }] = (await world.query('SELECT throttled FROM carryover.phases')) as [
    { throttled: object },
  ];
  expect(note).toMatchObject({
    what: expect.stringMatching(/^the (index by_\w+ of the )?table (threads|messages)_/),
    code: 'ProvisionedThroughputExceededException',
  });
  await world.complete(BRAND, 'recent');
  expect(await world.query('SELECT count(*)::integer AS rows FROM messages')).toEqual([{ rows: MESSAGES }]);
  expect(proxy.throttled).toBeGreaterThan(0);
  expect(heard.threads + heard.messages).toBe(proxy.throttled);
  tables.close();
});

/**
 * Time for the readers, the proxy and the SDK, which uses only global timers. It passes only while no request is in progress: answers take no time,
 * however busy the machine is.
 */
class ReadersTime {
  readonly clock = new VirtualClock();
  #requests = 0;

  constructor() {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  }

  /** From now on records each attempt of the client. */
  watch(client: Pick<DynamoDBClient, 'middlewareStack'>): void {
    client.middlewareStack.add(
      (next) => async (args) => {
        this.#requests += 1;
        try {
          return await next(args);
        } finally {
          this.#requests -= 1;
        }
      },
      // Below the retries.
      { name: 'readersTime', step: 'finalizeRequest', priority: 'low' },
    );
  }

  async passUntil(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await nextTurn();
      if (this.#requests > 0) continue;
      vi.advanceTimersByTime(STEP_MS);
      await this.clock.advance(STEP_MS);
    }
  }

  /** Waits until the work has ended. */
  async passDuring(work: Promise<unknown>): Promise<void> {
    let ended = false;
    const over = work.finally(() => (ended = true));
    await this.passUntil(() => ended);
    await over;
  }
}

/** Reads as slices do, all at once, until the signal. */
async function readAll(from: SourceTables, signal: AbortSignal, { clock }: ReadersTime): Promise<void> {
  const read = async (): Promise<void> => {
    while (!signal.aborted) {
      const ask = () => oldestKey(from, ORDERS.messagesByTime, BRAND, { lower: null, upper: null }, signal);
      await patiently(ask, signal, clock).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: READERS }, read));
}

/** The share of throttled answers, in the time that the proxy takes to pass on so many requests. */
async function throttledShare(from: SourceTables, passing: number, time: ReadersTime): Promise<number> {
  Object.assign(proxy, { passed: 0, throttled: 0 });
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const reading = readAll(from, stop.signal, time);
  await time.passUntil(() => proxy.passed >= passing);
  const share = proxy.throttled / (proxy.throttled + proxy.passed);
  stop.abort();
  await time.passDuring(reading);
  return share;
}

test('all readers of a table slow down together, so that few answers are throttled; then the rate recovers', async () => {
  const time = new ReadersTime();
  proxy = await startThrottlingProxy(stackEnv().DYNAMODB_ENDPOINT, time.clock);
  proxy.perSecond = BEARABLE;
  const tables = openTables();
  const { AWS_REGION: region } = stackEnv();
  const standard = new DynamoDBClient({ region, endpoint: proxy.url, maxAttempts: 3, retryMode: 'standard' });
  for (const client of [standard, tables.plain.messages]) time.watch(client);
  const messages = DynamoDBDocumentClient.from(standard);
  const plain = { ...tables, clients: { ...tables.clients, messages } };
  const without = await throttledShare(plain, 4 * BEARABLE, time);
  standard.destroy();
  // It learns the pace first.
  await throttledShare(tables, 2 * BEARABLE, time);
  const withBucket = await throttledShare(tables, 5 * BEARABLE, time);
  expect(withBucket).toBeLessThan(without / 3);

  proxy.perSecond = Number.POSITIVE_INFINITY;
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const reading = readAll(tables, stop.signal, time);
  let rate = 0;
  // The test's own time limit is the only one: at the old pace it never gets that far.
  while (rate < 3 * BEARABLE) {
    const [before, from] = [proxy.passed, time.clock.elapsed()];
    await time.passUntil(() => time.clock.elapsed() >= from + 1_000);
    rate = proxy.passed - before;
  }
  stop.abort();
  await time.passDuring(reading);
  tables.close();
});
