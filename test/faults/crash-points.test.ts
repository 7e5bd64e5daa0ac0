import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SampleAccount } from '../../dev/sample/generator/account.js';
import type { Child } from '../../cli/start/child-process.js';
import { identify } from '../../dev/servers/processes.js';
import { type Carryover, startCarryover, until } from '../e2e/carryover.js';
import { type FaultProxy, startFaultProxy } from '../../dev/faults/fault-proxy.js';
import { addAccount } from '../../dev/sample/add-account.js';
import { startMigration, untilDone, untilStatus } from '../e2e/more-accounts.js';
import { expectStoreToHold } from '../e2e/plain-reading.js';
import { logBatches, loggedBatches } from './batch-log.js';
import {
  API_CRASH_POINTS,
  CALLBACK_CRASH_POINT,
  RESET_CRASH_POINT,
  VERIFICATION_CRASH_POINT,
  WORKER_CRASH_POINTS,
} from './crash-points.js';
import { DyingWorkers, dyingAt } from './dying-workers.js';
import { isPage, withPageOf } from '../../dev/faults/pages.js';

const ALL_WORKER_POINTS = [...WORKER_CRASH_POINTS, VERIFICATION_CRASH_POINT, RESET_CRASH_POINT];
/** Small pages: several batches of few records. */
const PAGE = 60;
const SIZE = { brands: 1, channels: 2, portedNumbers: 1, threads: 40, messages: 400, attachmentRate: 0.05 };

describe('the next process repairs everything that a process leaves when it dies between two effects', () => {
  let proxy: FaultProxy;
  let carryover: Carryover;
  let temporal: Connection;
  let workers: DyingWorkers;
  const accounts: SampleAccount[] = [];
  const verified = () => accounts[0] as SampleAccount;
  const reset = () => accounts.at(-1) as SampleAccount;

  beforeAll(async () => {
    proxy = await startFaultProxy();
    proxy.rewrite = withPageOf(PAGE);
    carryover = await startCarryover({
      account: {
        ...SIZE,
        seed: 60,
        accountId: 'acc_60',
        brands: 2,
        threads: 120,
        messages: 700,
        dirt: 'all',
      },
      // A port is on its way until it is said to be complete.
      schedule: 'manual',
      environment: { DYNAMODB_ENDPOINT: proxy.url, MIGRATION_RESET_ALLOWED: 'true' },
    });
    proxy.target = carryover.stack.env.DYNAMODB_ENDPOINT;
    temporal = await Connection.connect({ address: carryover.stack.env.TEMPORAL_ADDRESS });
    const points = ALL_WORKER_POINTS.map(({ at }) => at);
    workers = new DyingWorkers(
      carryover,
      new Client({ connection: temporal, namespace: carryover.stack.env.TEMPORAL_NAMESPACE }),
      points,
    );
    accounts.push(carryover.world.account);
  });
  afterAll(async () => {
    await carryover?.stop();
    await temporal?.close();
    await proxy?.stop();
  });

  const orders = () => [...carryover.world.carrier.orders.values()];
  const liveOrders = () => orders().filter(({ status }) => status !== 'cancelled');
  const ask = async (path: string, body?: object) =>
    expect((await carryover.call('POST', path, body)).status).toBe(202);
  const nextAccount = async () => {
    const number = 60 + accounts.length;
    const account = await addAccount(carryover, { ...SIZE, seed: number, accountId: `acc_${number}` });
    accounts.push(account);
    return account;
  };
  const startAnother = async () => startMigration(carryover, (await nextAccount()).accountId);
  /** Moves every order on that is at `from`. */
  const move = (from: string, to: 'foc' | 'complete') => {
    for (const { port_order_id: id, status } of orders())
      if (status === from) carryover.world.carrier.move(id, to);
  };

  it.each(WORKER_CRASH_POINTS)('a worker, $place: $between ($at)', async ({ at }) => {
    await workers.die(async () => {
      if (at === WORKER_CRASH_POINTS[0]?.at) await startMigration(carryover, 'acc_60');
      else await startAnother();
    });
  });

  /** The API that dies at the point, in the place of the one before. */
  const dyingApi = async (at: string) => {
    if (identify(carryover.api().pid) !== undefined) await carryover.kill(carryover.api());
    return carryover.startApi(dyingAt(at));
  };
  const expectDeath = async ({ pid, logged }: Child, at: string) => {
    await until(() => identify(pid) === undefined);
    // Its last words may still be on their way into its log.
    await logged;
    const points = [...(await carryover.logOf('api')).matchAll(/^crash point (.*)$/gm)];
    expect(points.at(-1)?.[1]).toBe(at.split('#')[0]);
  };

  it.each(API_CRASH_POINTS)('an API, $place: $between ($at)', async ({ at }) => {
    if (at === API_CRASH_POINTS[0]?.at) {
      const { accountId } = await nextAccount();
      await carryover.call('GET', `/v2/accounts/${accountId}`);
    }
    const { accountId = '' } = accounts.at(-1) ?? {};
    const api = await dyingApi(at);
    // Who gets no answer asks again.
    await until(async () => {
      await startMigration(carryover, accountId).catch(() => undefined);
      return identify(api.pid) === undefined;
    });
    await expectDeath(api, at);
  });

  it.each([CALLBACK_CRASH_POINT])('an API, $place: $between ($at)', async ({ at }) => {
    const api = await dyingApi(at);
    await carryover.ready();
    const order = orders().find(({ account_id: id }) => id !== reset().accountId);
    carryover.world.carrier.move(order?.port_order_id ?? '', 'complete');
    await expectDeath(api, at);
  });

  it('and all accounts finish, with each number ordered once', async () => {
    carryover.startApi();
    await carryover.ready();
    const plain = carryover.startWorker();
    for (const { accountId } of accounts) await untilStatus(carryover, accountId, 'all-messages-migrated');
    for (const account of accounts) await expectStoreToHold(carryover.store, account);
    const ports = accounts.reduce((sum, { counts }) => sum + counts.ports, 0);
    await until(() => orders().length >= ports);
    expect(new Set(orders().map((order) => order.phone_number)).size).toBe(ports);
    expect(orders().length).toBe(ports);
    await carryover.kill(plain);
    // The API delivers what a dead one has left, without a worker.
    await until(async () => {
      const { rows } = await carryover.store.query(
        'SELECT FROM carryover.workflow_messages WHERE delivered_at IS NULL',
      );
      return rows.length === 0;
    });
    await logBatches(carryover.store);
  });

  let beforeReset = { threads: '0', messages: '0' };
  let inHand = 0;
  let pagesBefore = 0;
  const pages = () => proxy.passed.filter(isPage).length;

  it.each([VERIFICATION_CRASH_POINT])(
    'a worker that verifies and repairs, $place: $between ($at)',
    async () => {
      pagesBefore = pages();
      await damage(verified());
      const verify = () => ask(`/v2/migrations/${verified().accountId}/verify`, { repair: true });
      inHand = await workers.die(verify);
    },
  );

  it('and the verification ends, has fixed everything, and has compared each record once a turn', async () => {
    const plain = carryover.startWorker();
    await until(async () => {
      const { rows } = await carryover.store.query(
        `SELECT FROM carryover.verifications WHERE state = 'equal'`,
      );
      return rows.length === 1;
    });
    await carryover.kill(plain);
    await expectStoreToHold(carryover.store, verified());

    const batches = await loggedBatches(carryover.store);
    const turns = batches.filter(({ pass, stage }) => pass !== 'copy' && stage === 'messages');
    expect(turns.length).toBe(2 * verified().counts.brands);
    const { rows } = await carryover.store.query<{ unitId: string; read: number }>(
      `SELECT unit_id::text AS "unitId", sum(read)::int AS read FROM carryover.tallies
       WHERE pass = 'copy' AND stage = 'messages' GROUP BY unit_id`,
    );
    const imported = new Map(rows.map(({ unitId, read }) => [unitId, read]));
    for (const { unitId, pass, read } of turns) expect(read, pass).toBe(imported.get(unitId));
    const again = pages() - pagesBefore - batches.reduce((sum, { batches: count }) => sum + count, 0);
    // Of each slice that a killed worker had in hand: the page that was being compared, and the one that was asked for meanwhile.
    expect(again).toBeLessThanOrEqual(inHand * 2);
  });

  it.each([RESET_CRASH_POINT])('a worker that resets, $place: $between ($at)', async () => {
    beforeReset = await newestRows();
    await workers.die(() => ask('/v2/reset-migration', { account_id: reset().accountId }));
  });

  it('and reset data is gone, is migrated again, and has one open order for each number', async () => {
    carryover.startWorker();
    const ports = accounts.reduce((sum, { counts }) => sum + counts.ports, 0);
    for (const { accountId } of accounts) await untilStatus(carryover, accountId, 'all-messages-migrated');
    await until(() => liveOrders().length === ports);
    move('submitted', 'foc');
    move('foc', 'complete');
    for (const { accountId } of accounts) await untilDone(carryover, accountId);
    for (const account of accounts) await expectStoreToHold(carryover.store, account);
    expect(new Set(liveOrders().map((order) => order.phone_number)).size).toBe(ports);
    expect(orders().length - ports).toBe(reset().counts.ports);
    expect(await ofReset(beforeReset)).toEqual({ threads: 0, messages: 0 });
  });

  /** One message is lost and one is changed. */
  const damage = async ({ accountId }: SampleAccount) => {
    const { rows } = await carryover.store.query<{ id: string }>(
      `SELECT m.id FROM messages m JOIN message_threads t ON t.id = m.thread_id JOIN brands b ON b.id = t.brand_id
       JOIN accounts a ON a.id = b.account_id WHERE a.source_id = $1 AND m.body IS NOT NULL ORDER BY m.source_id LIMIT 2`,
      [accountId],
    );
    await carryover.store.query('DELETE FROM messages WHERE id = $1', [rows[0]?.id]);
    await carryover.store.query(`UPDATE messages SET body = body || '.' WHERE id = $1`, [rows[1]?.id]);
  };
  /** Threads and messages of the account that is reset, up to these ids. */
  const ofReset = async (newest: { threads: string; messages: string }) => {
    const { rows } = await carryover.store.query<{ threads: number; messages: number }>(
      `SELECT count(*) FILTER (WHERE t.id <= $2)::int AS threads, sum((
         SELECT count(*) FROM messages m WHERE m.thread_id = t.id AND m.id <= $3))::int AS messages
       FROM message_threads t JOIN brands b ON b.id = t.brand_id JOIN accounts a ON a.id = b.account_id
       WHERE a.source_id = $1`,
      [reset().accountId, newest.threads, newest.messages],
    );
    return rows[0];
  };
  const newestRows = async () => {
    const { rows } = await carryover.store.query<{ threads: string; messages: string }>(
      'SELECT (SELECT max(id) FROM message_threads) AS threads, (SELECT max(id) FROM messages) AS messages',
    );
    return rows[0] ?? { threads: '0', messages: '0' };
  };
});
