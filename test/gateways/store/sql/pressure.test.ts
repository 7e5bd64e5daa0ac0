import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PressureProbe } from '../../../../gateways/store/sql/pressure.js';
import { testDatabase } from '../../../support/servers.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
let admin: pg.Client;
let clock: VirtualClock;
let probe: PressureProbe;
let shop: Shop | undefined;

beforeEach(async () => {
  database = await testDatabase();
  admin = new pg.Client({ connectionString: database.url, application_name: 'carryover-test' });
  await admin.connect();
  clock = new VirtualClock();
  probe = new PressureProbe(database.url, clock);
});

afterEach(async () => {
  await probe.stop();
  await shop?.close();
  shop = undefined;
  await admin.end();
  await database.drop();
  clock.assertIdle();
});

/** Somebody else's session, at work until it is closed. */
class Shop {
  private constructor(
    private readonly pid: number,
    private readonly working: Promise<unknown>,
  ) {}

  static async opened(): Promise<Shop> {
    const client = new pg.Client({ connectionString: database.url, application_name: 'shop' });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return new Shop(
      rows[0]?.pid ?? 0,
      client.query('SELECT pg_sleep(3600)').catch(() => undefined),
    );
  }

  async close(): Promise<void> {
    await admin.query('SELECT pg_terminate_backend($1)', [this.pid]);
    await this.working;
  }
}

/** Time passes in steps of ten milliseconds until it holds; what the server does takes none. */
function passing(holds: () => boolean): Promise<boolean> {
  return vi.waitUntil(
    async () => {
      await clock.advance(10);
      return holds();
    },
    { interval: 1, timeout: 30_000 },
  );
}

test('commits beside a batch and between batches are measured separately', async () => {
  shop = await Shop.opened();
  let isWriting = false;
  probe.start(() => isWriting);
  await passing(() => probe.read().commits.between.length >= 2);
  for (let batch = 1; batch <= 5; batch += 1) {
    isWriting = true;
    await passing(() => probe.read().commits.beside.length >= batch);
    isWriting = false;
    await clock.advance(40);
  }
  const { beside, between } = probe.read().commits;
  expect(between.length).toBeGreaterThanOrEqual(2);
  for (const commitMs of [...beside, ...between]) expect(commitMs).toBeGreaterThan(0);
});

test('consecutive batches are probed at most every 50 ms, and idle time every 200 ms', async () => {
  let asked = 0;
  // Begins and ends at each look.
  probe.start(() => (asked += 1) % 2 === 0);
  const probed = (): number => {
    const { beside, between } = probe.read().commits;
    return beside.length + between.length;
  };
  const begun = clock.elapsed();
  await passing(() => probed() >= 5);
  expect(clock.elapsed() - begun).toBeGreaterThanOrEqual(4 * 200);
  shop = await Shop.opened();
  await passing(() => probe.read().others === 1);
  const [from, before] = [clock.elapsed(), probed()];
  await passing(() => probed() >= before + 10);
  expect(clock.elapsed() - from).toBeGreaterThanOrEqual(9 * 50);
});

test('a role with few rights can measure too, and counts sessions that it may not see as active', async () => {
  shop = await Shop.opened();
  const role = `few_${randomBytes(4).toString('hex')}`;
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'few'`);
  const url = new URL(database.url);
  [url.username, url.password] = [role, 'few'];
  const poor = new PressureProbe(url.href, clock);
  poor.start(() => false);
  await passing(() => poor.read().commits.between.length > 0);
  expect(poor.read().others).toBe(1);
  await poor.stop();
  expect(poor.read()).toMatchObject({ waitingMs: undefined, others: undefined, lagSeconds: undefined });
  await admin.query(`DROP ROLE ${role}`);
});
