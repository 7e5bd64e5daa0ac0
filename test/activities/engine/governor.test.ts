import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Governor } from '../../../activities/engine/governing/governor.js';
import type { Probe } from '../../../activities/engine/governing/governor.js';
import { LEAST_SHARE } from '../../../activities/engine/governing/share.js';
import { openStore } from '../../../gateways/store/sql/connect.js';
import type { Pressure } from '../../../gateways/store/sql/pressure.js';
import { readMigration } from '../../../gateways/store/conversations/status/migrations-view.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { ImportWorld } from '../conversations/import/import-world.js';

const BRAND = 'br_1_1';
const MESSAGES = 600;
const BATCHES = 30;
/** Virtual milliseconds that a batch takes. */
const BATCH_MS = 20;
const BUDGET = { commitMs: 50, lagSeconds: 10 };
const going = new AbortController().signal;

/** So many commits beside a batch, all of them slow. */
const SLOW = { beside: Array.from({ length: 40 }, () => 51), between: [] };
const ALONE: Pressure = { commits: SLOW, waitingMs: undefined, others: 0, lagSeconds: undefined };
const OTHERS_SUFFER: Pressure = { ...ALONE, others: 3 };

/** Says what the test has written for it. */
class ScriptedProbe implements Probe {
  pressure = ALONE;

  start(): void {}

  stop(): Promise<void> {
    return Promise.resolve();
  }

  read(): Pressure {
    return this.pressure;
  }
}

let world: ImportWorld;
let clock: VirtualClock;
let probe: ScriptedProbe;
let governor: Governor;

beforeEach(async () => {
  world = await ImportWorld.open({ pageRecords: MESSAGES / BATCHES });
  await world.account('acc_1', BRAND);
  await world.putHourly(BRAND, MESSAGES);
  clock = new VirtualClock();
  probe = new ScriptedProbe();
  governor = new Governor({ clock, probe, pool: world.pool, budget: BUDGET });
});

afterEach(async () => {
  await governor.close();
  await world.close();
  clock.assertIdle();
});

/** What it decides once it has measured for a second. */
async function decided(): Promise<void> {
  await governor.takingTurns(() => Promise.resolve(), going);
  await clock.advance(1_000);
}

async function batches(): Promise<number> {
  const [row] = await world.query<{ batches: number }>(
    'SELECT coalesce(sum(batches), 0)::integer AS batches FROM carryover.work',
  );
  return row?.batches ?? 0;
}

/** Of each batch of `importing`: the clock's elapsed time when it began. */
let begun: number[];

/** Each batch takes its time by the virtual clock. */
function importing(environment = world.environment()) {
  begun = [];
  const takingTurns: Governor['takingTurns'] = (write, signal) =>
    governor.takingTurns(async () => {
      begun.push(clock.elapsed());
      const written = await write();
      await clock.sleep(BATCH_MS);
      return written;
    }, signal);
  const slowly = {
    takingTurns,
    during: governor.during.bind(governor),
    close: () => governor.close(),
  };
  return world.attempt(BRAND, 'recent', {}, environment, { governor: slowly });
}

/** Lets time pass until the import has ended; what it reads and writes takes none. */
async function ended<T>(work: Promise<T>): Promise<T> {
  let isOpen = true;
  const settled = work.finally(() => (isOpen = false));
  settled.catch(() => undefined);
  await vi.waitUntil(
    async () => {
      await clock.advance(isOpen ? BATCH_MS : 0);
      return !isOpen;
    },
    { interval: 1, timeout: 50_000 },
  );
  return settled;
}

/** Nearly nothing may be written: one batch is under way, or waits for its turn. Time goes on to what happens next. */
async function toNextBatch(): Promise<void> {
  const before = begun.length;
  while (begun.length === before) {
    // The governor's own timer, and that of the batch or of the pause before the next one.
    await expect.poll(() => clock.pending.length, { interval: 1 }).toBe(2);
    await clock.advance(Math.min(...clock.pending));
  }
}

test('an import without other users is not throttled, however slow the store is', async () => {
  for (let n = 0; n < 30; n += 1) await decided();
  expect(await ended(importing())).toMatchObject({ finished: true, tally: { messages: MESSAGES } });
  expect(governor.share).toBe(1);
  expect(await world.query('SELECT FROM carryover.phases WHERE held_back IS NOT NULL')).toEqual([]);
});

test('an import that slows others down is throttled and reports why; without them it is not', async () => {
  probe.pressure = OTHERS_SUFFER;
  await decided();
  expect(governor.share).toBe(LEAST_SHARE);
  const store = openStore(world.databaseUrl, { applicationName: 'carryover-test' });
  const told = async () => (await readMigration(store, 'acc_1'))?.brands[0]?.phases[0]?.heldBack;
  try {
    const done = importing();
    await expect.poll(() => begun.length).toBe(1);
    for (let n = 0; n < 4; n += 1) await toNextBatch();
    const gaps = begun.slice(1).map((at, n) => at - (begun[n] ?? 0));
    // Six batches at once are all that could be written.
    for (const gap of gaps) expect(gap).toBeCloseTo(BATCH_MS / (6 * LEAST_SHARE));
    expect(await batches()).toBeLessThan(BATCHES / 2);
    const why = { reason: 'commit-latency', measured: 51, budget: 50, share: LEAST_SHARE };
    await expect.poll(told).toMatchObject(why);

    probe.pressure = ALONE;
    expect(await ended(done)).toMatchObject({ finished: true, tally: { messages: MESSAGES } });
    while (governor.share < 1) await decided();
    await governor.close();
    expect(await told()).toBeNull();

    // As a worker that died leaves it.
    const left = { reason: 'replica-lag', since: '', measured: 12, budget: 10, share: 0.5 };
    await world.query(
      `UPDATE carryover.phases SET held_back = $1::jsonb || jsonb_build_object('at', now() - interval '20 seconds')`,
      [JSON.stringify(left)],
    );
    expect(await told()).toMatchObject(left);
    await world.query(
      `UPDATE carryover.phases SET held_back = $1::jsonb || jsonb_build_object('at', now() - interval '31 seconds')`,
      [JSON.stringify(left)],
    );
    expect(await told()).toBeNull();
  } finally {
    await store.close();
  }
});

test('a cancelled import that waits for its turn ends within a batch and releases its slices', async () => {
  probe.pressure = OTHERS_SUFFER;
  await decided();
  const environment = world.environment();
  const done = importing(environment);
  await expect.poll(batches).toBe(1);
  await clock.advance(BATCH_MS);
  // The next batch waits for its turn.
  await expect.poll(() => clock.pending.length).toBe(2);
  const cancelled = expect(done).rejects.toMatchObject({ name: 'CancelledFailure' });
  environment.cancel('CANCELLED');
  await cancelled;
  expect(await batches()).toBe(1);
  expect(await world.query('SELECT FROM carryover.work WHERE leased_by IS NOT NULL')).toEqual([]);
});
