import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PressureProbe } from '../../../../gateways/store/sql/pressure.js';
import type { Writing } from '../../../../gateways/store/sql/pressure.js';
import { testDatabase } from '../../../support/servers.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
let admin: pg.Client;
let clock: VirtualClock;
let probe: PressureProbe;
let shop: Shop | undefined;
/** All commits that have been read. */
let commits: { readonly beside: number[]; readonly between: number[] };

beforeEach(async () => {
  database = await testDatabase();
  admin = new pg.Client({ connectionString: database.url, application_name: 'carryover-test' });
  await admin.connect();
  clock = new VirtualClock();
  probe = new PressureProbe(database.url, clock);
  commits = { beside: [], between: [] };
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

/** Reads what was measured since the last reading. */
function read() {
  const pressure = probe.read();
  commits.beside.push(...pressure.commits.beside);
  commits.between.push(...pressure.commits.between);
  return { ...pressure, commits };
}

/** Lets time pass in steps of ten milliseconds until the condition holds; the server's work takes none. */
function passing(holds: () => boolean): Promise<boolean> {
  return vi.waitUntil(
    async () => {
      await clock.advance(10);
      return holds();
    },
    { interval: 1 },
  );
}

test('commits beside a batch and between batches are measured separately', async () => {
  shop = await Shop.opened();
  let writing: Writing = 'none';
  probe.start(() => writing);
  await passing(() => read().commits.between.length >= 2);
  for (let batch = 1; batch <= 5; batch += 1) {
    writing = 'batch';
    await passing(() => read().commits.beside.length >= batch);
    writing = 'rest';
    await passing(() => read().commits.between.length >= 2 + batch);
  }
  const { beside, between } = commits;
  for (const commitMs of [...beside, ...between]) expect(commitMs).toBeGreaterThan(0);
});

test('batches are probed at most every 100 ms, idle time every 200 ms, a rest as often as it can be', async () => {
  let writing: Writing = 'batch';
  probe.start(() => writing);
  const probed = (): number => {
    const { beside, between } = read().commits;
    return beside.length + between.length;
  };
  const lasting = async (count: number): Promise<number> => {
    const [from, before] = [clock.elapsed(), probed()];
    await passing(() => probed() >= before + count);
    return clock.elapsed() - from;
  };
  // Without other users, whatever the import does.
  expect(await lasting(5)).toBeGreaterThanOrEqual(4 * 200);
  shop = await Shop.opened();
  await passing(() => read().others === 1);
  expect(await lasting(10)).toBeGreaterThanOrEqual(9 * 100);
  writing = 'none';
  await lasting(1);
  expect(await lasting(5)).toBeGreaterThanOrEqual(4 * 200);
  writing = 'rest';
  await lasting(1);
  expect(await lasting(10)).toBeGreaterThanOrEqual(9 * 20);
});

test('what was measured is read once', async () => {
  probe.start(() => 'none');
  await passing(() => read().commits.between.length > 0);
  expect(probe.read().commits.between).toEqual([]);
});

test('others who come are noticed within 600 ms', async () => {
  probe.start(() => 'none');
  await passing(() => read().others === 0);
  shop = await Shop.opened();
  const from = clock.elapsed();
  // Time passes only while the probe waits for it.
  const waited = async (): Promise<boolean> => {
    if (clock.pending.length > 0) await clock.advance(Math.min(...clock.pending));
    return read().others === 1;
  };
  await vi.waitUntil(waited, { interval: 1 });
  expect(clock.elapsed() - from).toBeLessThanOrEqual(600);
});

test('a role with few rights can measure too, and counts sessions that it may not see as active', async () => {
  shop = await Shop.opened();
  const role = `few_${randomBytes(4).toString('hex')}`;
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'few'`);
  const url = new URL(database.url);
  [url.username, url.password] = [role, 'few'];
  const poor = new PressureProbe(url.href, clock);
  poor.start(() => 'none');
  await passing(() => poor.read().commits.between.length > 0);
  expect(poor.read().others).toBe(1);
  await poor.stop();
  expect(poor.read()).toMatchObject({ waitingMs: undefined, others: undefined, lagSeconds: undefined });
  await admin.query(`DROP ROLE ${role}`);
});
