import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProgressRate } from '../../../api/progress-rate.js';
import { timeLeft } from '../../../api/conversations/operations/progress-view.js';
import type { MigrationView } from '../../../api/conversations/schemas/migrations.js';
import { apiWorld, meet, tokenFor, type World } from '../world.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { addPhase, addSlice } from '../../support/work.js';
import type { TestSlice } from '../../support/work.js';

let world: World;
let token: string;
beforeAll(async () => {
  world = await apiWorld();
  token = await tokenFor('operator');
  for (const name of ['a', 'b', 'c', 'd'])
    await meet(world, `acc_${name}`, { brand: `br_${name}`, sms: `ch_${name}1`, email: `ch_${name}2` });
});
afterAll(() => world.close());

const viewOf = async (name: string) =>
  (await world.call('GET', `/v2/migrations/acc_${name}`, { token })).json<MigrationView>();

async function phase(name: string, phaseName: string, ...slices: readonly TestSlice[]): Promise<void> {
  const { pool } = world.store;
  await addPhase(pool, `br_${name}`, phaseName);
  for (const slice of slices) await addSlice(pool, `br_${name}`, phaseName, slice);
}

test('before anything is read, the number of records and the time left are unknown', async () => {
  await phase('a', 'recent', { stage: 'threads' }, { stage: 'messages' });
  const view = await viewOf('a');
  const unknown = { planned: 0, planned_low: 0, planned_high: null, done: 0 };
  expect(view.brands[0]?.phases[0]).toMatchObject({ step: 'reading', messages: unknown, threads: unknown });
  expect(view).toMatchObject({ messages: unknown, seconds_left: null });
});

test('the planned range follows the samples', async () => {
  await phase(
    'b',
    'recent',
    { stage: 'threads', read: 7, estimate: 7, done: true },
    { stage: 'messages', read: 100, estimate: 90, done: true },
    { stage: 'messages', read: 20, estimate: 60, bounds: [40, 90] },
    { stage: 'messages', estimate: 60, bounds: [30, 100], parts: 12 },
  );
  const [first] = (await viewOf('b')).brands;
  expect(first?.phases[0]).toMatchObject({
    threads: { planned: 7, planned_low: 7, planned_high: 7, done: 7 },
    messages: { planned: 220, planned_low: 170, planned_high: 290, done: 120 },
  });
  // While the remaining phase is not planned, the total is unknown.
  expect(await viewOf('b')).toMatchObject({
    messages: { planned_low: 170, planned_high: null },
    attachments: { planned_high: null },
    seconds_left: null,
  });
  await phase(
    'b',
    'remaining',
    { stage: 'threads', read: 9, done: true },
    { stage: 'messages', bounds: [60, 60] },
  );
  expect(await viewOf('b')).toMatchObject({
    // Includes those of the recent phase.
    threads: { planned: 9, planned_low: 9, planned_high: 9, done: 9 },
    messages: { planned_low: 230, planned_high: 350 },
    // A tenth of what is read has one.
    attachments: { planned_low: 23, planned_high: 35 },
  });
  await world.store.pool.query('UPDATE carryover.work SET read = 100 WHERE estimate_high = 100');
  expect((await viewOf('b')).brands[0]?.phases[0]?.messages).toMatchObject({ planned_high: null, done: 220 });
});

test('once everything is read, the phase is checking and has no time left', async () => {
  for (const name of ['recent', 'remaining'])
    await phase(
      'c',
      name,
      { stage: 'threads', read: 5, done: true },
      { stage: 'messages', read: 50, done: true },
    );
  expect(await viewOf('c')).toMatchObject({
    messages: { planned: 100, planned_low: 100, planned_high: 100, done: 100 },
    seconds_left: null,
    seconds_left_high: null,
    brands: [{ phases: [{ step: 'checking', completed_at: null }, { step: 'checking' }] }],
  });
});

test('the time left is as wide as what is planned', () => {
  const planned = { planned: 150, planned_low: 120, planned_high: 200 };
  expect(timeLeft(planned, 100, 10)).toEqual({ seconds_left: 5, seconds_left_low: 2, seconds_left_high: 10 });
  const none = { seconds_left: null, seconds_left_low: null, seconds_left_high: null };
  expect(timeLeft(planned, 100, null)).toEqual(none);
  expect(timeLeft({ ...planned, planned_high: null }, 100, 10)).toEqual(none);
  expect(timeLeft(planned, 200, 10)).toEqual(none);
});

test('a count with an unknown beginning has a rate from the second observation on', async () => {
  const clock = new VirtualClock();
  const rates = new ProgressRate(clock);
  expect(rates.sinceEarlierLook('a', 100)).toBeNull();
  await clock.advance(10_000);
  expect(rates.sinceEarlierLook('a', 150)).toBe(5);
  await clock.advance(180_000);
  expect(rates.sinceEarlierLook('a', 900)).toBeNull();
});

test('a verification is planned by what the import has read, with threads counted once', async () => {
  await phase(
    'd',
    'recent',
    { stage: 'threads', read: 3, done: true },
    { stage: 'messages', read: 50, done: true },
  );
  await phase(
    'd',
    'remaining',
    { stage: 'threads', read: 8, done: true },
    { stage: 'messages', read: 40, done: true },
  );
  const { rows } = await world.store.pool.query<{ run: string }>(
    `WITH v AS (INSERT INTO carryover.verifications (kind, subject, repair, asked_by) VALUES ('conversations', 'acc_d', false, 'ann') RETURNING id),
       t AS (INSERT INTO carryover.verification_units (verification_id, unit_id, pass, imported, began_at)
         SELECT v.id, b.unit_id, 1, true, now() - interval '10 seconds' FROM v, brands b WHERE b.source_id = 'br_d' RETURNING *)
     SELECT verification_id AS run FROM t`,
  );
  const verify = { pass: 'verify', run: rows[0]?.run ?? '' };
  await addPhase(world.store.pool, 'br_d', 'all', verify);
  await addSlice(world.store.pool, 'br_d', 'all', { ...verify, stage: 'messages', read: 49 });
  const { verification } = await viewOf('d');
  expect(verification?.brands[0]?.progress).toMatchObject({
    read: 49,
    planned: 98,
    rate_per_second: expect.any(Number),
    seconds_left: expect.any(Number),
  });
});
