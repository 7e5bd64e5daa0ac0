import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Governor } from '../../../activities/engine/governing/governor.js';
import type { Probe } from '../../../activities/engine/governing/governor.js';
import { LEAST_SHARE } from '../../../activities/engine/governing/share.js';
import { openStore } from '../../../gateways/store/sql/connect.js';
import type { Pressure } from '../../../gateways/store/sql/pressure.js';
import { readMigration } from '../../../gateways/store/conversations/status/migrations-view.js';
import { explainedInStore } from '../../support/explained-in-store.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { ImportWorld } from '../conversations/import/import-world.js';

const BRAND = 'br_1_1';
const MESSAGES = 600;
const BATCHES = 30;
/** Virtual milliseconds that a batch takes. */
const BATCH_MS = 20;
const BUDGET = { commitMs: 50, lagSeconds: 10 };
const going = new AbortController().signal;

/** What the probe measures at each look: slow commits beside a batch, and fast ones without it. */
const SLOW = { beside: [51], between: Array.from({ length: 20 }, () => 1) };
const ALONE: Pressure = { commits: SLOW, waitingMs: undefined, others: 0, lagSeconds: undefined };
const OTHERS_SUFFER: Pressure = { ...ALONE, others: 3 };

/** Returns the measurements that the test has set. */
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

/** What it decides in a second of measurements. */
async function decided(): Promise<void> {
  await governor.takingTurns(() => Promise.resolve(), going);
  await clock.advance(1_000);
}

/** Others are active and slowed down until almost nothing is written. */
async function throttled(): Promise<void> {
  probe.pressure = OTHERS_SUFFER;
  while (governor.share > LEAST_SHARE) await decided();
}

async function batches(): Promise<number> {
  const [row] = await world.query<{ batches: number }>(
    'SELECT coalesce(sum(batches), 0)::integer AS batches FROM carryover.work',
  );
  return row?.batches ?? 0;
}

/** Of each batch of `importing`: the clock's elapsed time when it began, and the bytes that it sent. */
let begun: { readonly at: number; bytes: number }[];

/** Each batch takes its time by the virtual clock. */
function importing(environment = world.environment()) {
  begun = [];
  const takingTurns: Governor['takingTurns'] = (write, signal) =>
    governor.takingTurns(async (pace) => {
      const batch = { at: clock.elapsed(), bytes: 0 };
      begun.push(batch);
      const counted = pace && {
        get isSlow() {
          return pace.isSlow;
        },
        next: (bytes: number) => {
          batch.bytes += bytes;
          return pace.next(bytes);
        },
      };
      const written = await write(counted);
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

/** Lets time pass until the import has ended; reads and writes take none. */
async function ended<T>(work: Promise<T>): Promise<T> {
  let isOpen = true;
  const settled = work.finally(() => (isOpen = false));
  settled.catch(() => undefined);
  await vi.waitUntil(
    async () => {
      await clock.advance(isOpen ? BATCH_MS : 0);
      return !isOpen;
    },
    { interval: 1 },
  );
  return settled;
}

test('an import without other users is not throttled, however slow the store is', async () => {
  for (let n = 0; n < 30; n += 1) await decided();
  expect(await ended(importing())).toMatchObject({ finished: true, tally: { messages: MESSAGES } });
  expect(governor.share).toBe(1);
  expect(await world.query('SELECT FROM carryover.phases WHERE held_back IS NOT NULL')).toEqual([]);
});

test('an import that slows others down is throttled and reports why; without them it is not', async () => {
  await throttled();
  const store = openStore(world.databaseUrl, { applicationName: 'carryover-test' });
  const told = async () => (await readMigration(store, 'acc_1'))?.brands[0]?.phases[0]?.heldBack;
  try {
    const done = importing();
    await vi.waitUntil(
      async () => {
        await clock.advance(BATCH_MS);
        return begun.length >= BATCHES / 2;
      },
      { interval: 1 },
    );
    const [first, ...more] = begun.filter(({ bytes }) => bytes > 0);
    const last = more.at(-1);
    const sent = more.slice(0, -1).reduce((sum, { bytes }) => sum + bytes, first?.bytes ?? 0);
    const seconds = ((last?.at ?? 0) - (first?.at ?? 0)) / 1_000;
    // At the least share of 10 MB a second, apart from the chunk that is under way.
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(seconds * LEAST_SHARE * 10_000_000 + 16_384);
    const why = { reason: 'commit-latency', measured: 51, budget: 50, share: LEAST_SHARE };
    await expect.poll(told).toMatchObject(why);
    expect(await explainedInStore(store, 'acc_1')).toMatchObject({
      reason: 'held-back',
      sentence: expect.stringMatching(
        /^Importing recent messages of brand br_1_1 has been held back to 1 % of its speed since .*, because commits of the store's users take 51 ms and may take 50 ms/,
      ),
    });

    probe.pressure = ALONE;
    expect(await ended(done)).toMatchObject({ finished: true, tally: { messages: MESSAGES } });
    expect(governor.share).toBe(1);
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

test('a cancelled import that is throttled ends with the batch in progress, which then waits no more, and releases its slices', async () => {
  await throttled();
  const environment = world.environment();
  const done = importing(environment);
  await vi.waitUntil(
    async () => {
      await clock.advance(BATCH_MS);
      return (await batches()) >= 2;
    },
    { interval: 1 },
  );
  const before = await batches();
  const cancelled = expect(ended(done)).rejects.toMatchObject({ name: 'CancelledFailure' });
  environment.cancel('CANCELLED');
  await cancelled;
  expect(await batches()).toBeLessThanOrEqual(before + 1);
  expect(await world.query('SELECT FROM carryover.work WHERE leased_by IS NOT NULL')).toEqual([]);
});
