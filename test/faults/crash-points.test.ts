import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SampleAccount } from '../../dev/sample/generator/account.js';
import { identify } from '../../dev/servers/processes.js';
import { type Carryover, startCarryover, until } from '../e2e/carryover.js';
import { addAccount, startMigration, untilDone } from '../e2e/more-accounts.js';
import { expectStoreToHold } from '../e2e/plain-reading.js';
import { API_CRASH_POINTS, CALLBACK_CRASH_POINTS, WORKER_CRASH_POINTS } from './crash-points.js';

const PRELOADED = pathToFileURL(join(import.meta.dirname, 'crash.mjs')).href;
const dyingAt = (at: string) => ({ NODE_OPTIONS: `--import=${PRELOADED}`, CRASH_AT: at });

describe('a process that dies between two effects leaves nothing that the next does not put right', () => {
  let carryover: Carryover;
  const accounts: SampleAccount[] = [];

  beforeAll(async () => {
    carryover = await startCarryover({
      account: { seed: 60, accountId: 'acc_60', brands: 2, threads: 400, messages: 3_000, dirt: 'all' },
    });
    accounts.push(carryover.world.account);
  });
  afterAll(async () => {
    await carryover?.stop();
  });

  const crashesIn = async (name: 'api' | 'worker') =>
    [...(await carryover.logOf(name)).matchAll(/^crash point (.*)$/gm)].map((match) => match[1]);
  const gone = ({ pid }: { readonly pid: number }) => until(() => identify(pid) === undefined, 90);
  const nextAccount = async () => {
    const number = 60 + accounts.length;
    const account = await addAccount(carryover, {
      seed: number,
      accountId: `acc_${number}`,
      brands: 1,
      channels: 2,
      portedNumbers: 1,
      threads: 60,
      messages: 1_000,
      attachmentRate: 0.05,
    });
    accounts.push(account);
    return account;
  };

  it.each(WORKER_CRASH_POINTS)(
    'a worker, where $between ($at)',
    async ({ at }) => {
      const { accountId } = at === WORKER_CRASH_POINTS[0]?.at ? carryover.world.account : await nextAccount();
      const worker = carryover.startWorker(dyingAt(at));
      await startMigration(carryover, accountId);
      await gone(worker);
      expect((await crashesIn('worker')).at(-1)).toBe(at.split('#')[0]);
    },
    120_000,
  );

  it.each(API_CRASH_POINTS)('an API, where $between ($at)', async ({ at }) => {
    const { accountId } = await nextAccount();
    await carryover.call('GET', `/v2/accounts/${accountId}`);
    await carryover.kill(carryover.api());
    const api = carryover.startApi(dyingAt(at));
    await until(async () => {
      await startMigration(carryover, accountId).catch(() => undefined);
      return identify(api.pid) === undefined;
    });
    expect((await crashesIn('api')).at(-1)).toBe(at.split('#')[0]);
    carryover.startApi();
    await carryover.ready();
    // Who got no answer asks again.
    await startMigration(carryover, accountId);
  });

  it.each(CALLBACK_CRASH_POINTS)(
    'an API that is called back, where $between ($at)',
    async ({ at }) => {
      const { accountId, payload } = await nextAccount();
      // Called back once the API is the one that will die of it, while the port is still on its way.
      for (const { phone_number: number } of payload.brands.flatMap(({ channels }) => channels))
        carryover.world.carrier.setBehaviour(number ?? '', { path: ['foc'], callbacks: { lateMs: 5_000 } });
      const worker = carryover.startWorker();
      const before = carryover.world.carrier.orders.size;
      await startMigration(carryover, accountId);
      await until(() => carryover.world.carrier.orders.size > before);
      await carryover.kill(carryover.api());
      const api = carryover.startApi(dyingAt(at));
      await gone(api);
      expect((await crashesIn('api')).at(-1)).toBe(at.split('#')[0]);
      carryover.startApi();
      await carryover.ready();
      await carryover.kill(worker);
      for (const order of carryover.world.carrier.orders.values())
        if (order.account_id === accountId) carryover.world.carrier.move(order.port_order_id, 'complete');
    },
    120_000,
  );

  it('and all accounts come to their end, with each number ordered once', async () => {
    carryover.startWorker();
    for (const { accountId } of accounts) await untilDone(carryover, accountId, 240);
    for (const account of accounts) await expectStoreToHold(carryover.store, account);
    const numbers = [...carryover.world.carrier.orders.values()].map((order) => order.phone_number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.length).toBe(accounts.reduce((sum, { counts }) => sum + counts.ports, 0));
    const { rows } = await carryover.store.query(
      'SELECT count(*)::int AS waiting FROM workflow_messages WHERE delivered_at IS NULL',
    );
    expect(rows).toEqual([{ waiting: 0 }]);
  }, 300_000);
});
