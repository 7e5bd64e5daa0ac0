import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Governor } from '../../../activities/engine/governor.js';
import { LEAST_SHARE } from '../../../activities/engine/share.js';
import { openStore } from '../../../gateways/store/sql/connect.js';
import { readMigration } from '../../../gateways/store/conversations/status/migrations-view.js';
import { PressureProbe } from '../../../gateways/store/sql/pressure.js';
import { ImportWorld } from '../conversations/import/import-world.js';

const BRAND = 'br_1_1';
const MESSAGES = 600;
const BATCHES = 30;
const going = new AbortController().signal;

let world: ImportWorld;
let governor: Governor;
let shop: Shop | undefined;

beforeEach(async () => {
  world = await ImportWorld.open({ pageRecords: MESSAGES / BATCHES });
  await world.account('acc_1', BRAND);
  await world.putHourly(BRAND, MESSAGES);
  // Every commit takes longer than that.
  const budget = { commitMs: 0, lagSeconds: 10 };
  const probe = new PressureProbe(world.databaseUrl);
  governor = new Governor({ probe, pool: world.pool, budget, everyMs: 50 });
});

afterEach(async () => {
  await shop?.close();
  shop = undefined;
  await governor.close();
  await world.close();
});

/** Somebody else's session, at work until it is closed. */
class Shop {
  private readonly client = new pg.Client({ connectionString: world.databaseUrl, application_name: 'shop' });
  private open = true;
  private readonly connected = this.client.connect();
  private readonly working = this.work();

  static async opened(): Promise<Shop> {
    const opened = new Shop();
    await opened.connected;
    return opened;
  }

  async close(): Promise<void> {
    this.open = false;
    await this.working;
  }

  private async work(): Promise<void> {
    await this.connected;
    while (this.open) {
      await this.client.query('SELECT 1');
      await sleep(200);
    }
    await this.client.end();
  }
}

/** Until nearly nothing may be written; what is written until then is nothing. */
async function heldBack(): Promise<void> {
  while (governor.share > LEAST_SHARE) await governor.takingTurns(() => sleep(20), going);
}

async function batches(): Promise<number> {
  const [row] = await world.query<{ batches: number }>(
    'SELECT coalesce(sum(batches), 0)::integer AS batches FROM import_slices',
  );
  return row?.batches ?? 0;
}

function importing(environment = world.environment()) {
  return world.attempt(BRAND, 'recent', {}, environment, { governor });
}

test('an import alone is free, however slow the store is', async () => {
  for (let n = 0; n < 30; n += 1) {
    await governor.takingTurns(() => Promise.resolve(), going);
    await sleep(20);
  }
  expect(await importing()).toMatchObject({ finished: true, messages: MESSAGES });
  expect(governor.share).toBe(1);
  expect(await world.query('SELECT FROM import_phases WHERE held_back IS NOT NULL')).toEqual([]);
});

test('beside others who suffer an import goes slowly and says why; when they are gone it is done, and says nothing', async () => {
  shop = await Shop.opened();
  await heldBack();
  const store = openStore(world.databaseUrl, { applicationName: 'carryover-test' });
  const told = async () => (await readMigration(store, 'acc_1'))?.brands[0]?.phases[0]?.heldBack;
  try {
    const done = importing();
    await sleep(1_000);
    expect(await batches()).toBeLessThan(BATCHES / 2);
    while (!(await told())) await sleep(50);
    expect(await told()).toMatchObject({ reason: 'commit-latency', budget: 0, share: LEAST_SHARE });

    await shop.close();
    expect(await done).toMatchObject({ finished: true, messages: MESSAGES });
    while (governor.share < 1) await sleep(50);
    await governor.close();
    expect(await told()).toBeNull();

    // As a worker that died leaves it.
    const left = { reason: 'replica-lag', since: '', measured: 12, budget: 10, share: 0.5 };
    await world.query(
      `UPDATE import_phases SET held_back = $1::jsonb || jsonb_build_object('at', now() - interval '20 seconds')`,
      [JSON.stringify(left)],
    );
    expect(await told()).toMatchObject(left);
    await world.query(
      `UPDATE import_phases SET held_back = $1::jsonb || jsonb_build_object('at', now() - interval '31 seconds')`,
      [JSON.stringify(left)],
    );
    expect(await told()).toBeNull();
  } finally {
    await store.close();
  }
});

test('a cancelled import that waits for its turn ends within a batch and gives its slices back', async () => {
  shop = await Shop.opened();
  await heldBack();
  const environment = world.environment();
  const done = importing(environment);
  while ((await batches()) === 0) await sleep(20);
  const cancelled = expect(done).rejects.toMatchObject({ name: 'CancelledFailure' });
  environment.cancel('CANCELLED');
  const before = await batches();
  await cancelled;
  expect(await batches()).toBeLessThanOrEqual(before + 1);
  expect(await world.query('SELECT FROM import_slices WHERE leased_by IS NOT NULL')).toEqual([]);
});

test('commits are told apart by whether a batch was being written; each is met beside others', async () => {
  shop = await Shop.opened();
  const probe = new PressureProbe(world.databaseUrl);
  let isWriting = false;
  probe.start(() => isWriting);
  while (probe.read().commits.between.length < 2) await sleep(5);
  for (let batch = 1; batch <= 5; batch += 1) {
    isWriting = true;
    while (probe.read().commits.beside.length < batch) await sleep(5);
    isWriting = false;
    await sleep(40);
  }
  const { beside, between } = probe.read().commits;
  expect(between.length).toBeGreaterThanOrEqual(2);
  for (const commitMs of [...beside, ...between]) expect(commitMs).toBeGreaterThan(0);
  await probe.stop();
});

test('batches that come one upon the other are not probed more often than every 50 ms, and alone every 200 ms', async () => {
  const probe = new PressureProbe(world.databaseUrl);
  const begun = performance.now();
  let asked = 0;
  // Begins and ends at each look.
  probe.start(() => (asked += 1) % 2 === 0);
  const probed = (): number => {
    const { beside, between } = probe.read().commits;
    return beside.length + between.length;
  };
  while (probed() < 5) await sleep(5);
  expect(performance.now() - begun).toBeGreaterThan(4 * 200);
  shop = await Shop.opened();
  while (probe.read().others !== 1) await sleep(5);
  const [from, before] = [performance.now(), probed()];
  while (probed() < before + 10) await sleep(5);
  expect(performance.now() - from).toBeGreaterThan(9 * 50);
  await probe.stop();
});

test('a role with few rights can measure too, and counts what it may not see as at work', async () => {
  shop = await Shop.opened();
  const role = `few_${Date.now()}`;
  await world.query(`CREATE ROLE ${role} LOGIN PASSWORD 'few'`);
  const url = new URL(world.databaseUrl);
  [url.username, url.password] = [role, 'few'];
  const probe = new PressureProbe(url.href);
  probe.start(() => false);
  while (probe.read().commits.between.length === 0) await sleep(20);
  expect(probe.read().others).toBe(1);
  await probe.stop();
  expect(probe.read()).toMatchObject({ waitingMs: undefined, others: undefined, lagSeconds: undefined });
  await world.query(`DROP ROLE ${role}`);
});
