import { expect, test, vi, beforeAll } from 'vitest';
import { forThisFile } from '../../support/for-this-file.js';
import { addPhase, addSlice } from '../../support/work.js';
import { movesKind } from '../moves-kind.js';
import { type World, apiWorld, tokenFor } from '../world.js';
import { addOverviewed, answerAt } from './overview-world.js';

let world: World;
let operator: string;
forThisFile(
  () => apiWorld({ kinds: { moves: movesKind } }),
  (opened) => (world = opened),
);
beforeAll(async () => {
  operator = await tokenFor('operator');
  await addOverviewed(world);
});

const get = (path: string) => answerAt(world, path);

test('an import has a rate and a range of time left, in the list, the units and the summary', async () => {
  const { pool } = world.store;
  for (const phase of ['recent', 'remaining']) {
    await addPhase(pool, 'br_1', phase);
    await addSlice(pool, 'br_1', phase, { stage: 'threads', read: 9, estimate: 9, done: true });
    await addSlice(pool, 'br_1', phase, {
      stage: 'messages',
      read: 500,
      quarantined: 3,
      estimate: 1_000,
      bounds: [900, 1_500],
    });
  }
  await pool.query(`UPDATE carryover.phases SET planned_at = now() - interval '100 seconds'`);
  const row = await vi.waitUntil(async () => {
    const found = await get('/v2/kinds/conversations/migrations/acc_1/row');
    return found.rate > 0 && found;
  });
  // 10 a second; 800 to 2,000 are left.
  expect(row.progress).toEqual({ done: 1_000, planned: 2_000 });
  expect(row.rate).toBeGreaterThan(5);
  expect(row.rate).toBeLessThanOrEqual(10);
  expect(row.seconds_left.from).toBeGreaterThanOrEqual(80);
  expect(row.seconds_left.to).toBeGreaterThanOrEqual(200);
  expect((await get('/v2/summary')).seconds_left).not.toBe(null);

  const { units } = await get('/v2/kinds/conversations/migrations/acc_1/units');
  expect(units).toHaveLength(1);
  expect(units[0]).toMatchObject({
    unit: 'br_1',
    status: 'migrating',
    since: expect.any(String),
    failures: 0,
    phases: [
      { phase: 'recent', status: 'reading', done: 500, planned: 1_000, quarantined: 3 },
      { phase: 'remaining', status: 'reading', done: 500, planned: 1_000, quarantined: 3 },
    ],
  });
  expect(units[0].parts.map(({ type }: { type: string }) => type).toSorted()).toEqual(['email', 'sms']);
  expect(units[0].phases[0].seconds_left.from).toBeGreaterThanOrEqual(1);
});

test('a phase that has read everything is not done until it is checked', async () => {
  await world.store.pool.query(
    `UPDATE carryover.work SET done = true, read = 1000 WHERE phase = 'recent' AND stage = 'messages'`,
  );
  const recent = async () => (await get('/v2/kinds/conversations/migrations/acc_1/units')).units[0].phases[0];
  expect(await recent()).toMatchObject({ status: 'checking', done: 1_000, planned: 1_001 });
  await world.store.pool.query(`UPDATE carryover.phases SET completed_at = now() WHERE phase = 'recent'`);
  expect(await recent()).toMatchObject({
    status: 'done',
    done: 1_000,
    planned: 1_000,
    rate: 0,
    seconds_left: null,
  });
});

test('the units of a kind without a view of them come from its work', async () => {
  expect((await get('/v2/kinds/moves/migrations/1%3A4/units')).units).toEqual([]);
  await world.store.pool.query(
    `INSERT INTO carryover.units (migration_id, key, name) SELECT id, 'room 1', 'Room 1' FROM carryover.migrations WHERE subject = '1:4'`,
  );
  expect((await get('/v2/kinds/moves/migrations/1%3A4/units')).units).toEqual([
    {
      unit: 'room 1',
      name: 'Room 1',
      status: 'waiting',
      since: null,
      failures: 1,
      parts: [],
      phases: [
        {
          phase: 'everything',
          status: 'waiting',
          done: 0,
          planned: 0,
          rate: 0,
          seconds_left: null,
          quarantined: 0,
        },
      ],
    },
  ]);
});

test.each(['units', 'timeline', 'row'])('%s of an unknown migration is 404', async (what) => {
  for (const kind of ['moves', 'conversations', 'rockets']) {
    const answer = await world.call('GET', `/v2/kinds/${kind}/migrations/nobody/${what}`, {
      token: operator,
    });
    expect(answer.statusCode).toBe(404);
  }
});

test('the timeline has everything that happened, newest first, on pages of any size', async () => {
  for (const action of ['pause', 'resume'])
    await world.call('POST', `/v2/kinds/conversations/migrations/acc_1/${action}`, { token: operator });
  await world.store.pool.query(
    `INSERT INTO carryover.verifications (kind, subject, repair, state, asked_by, ended_at)
     VALUES ('conversations', 'acc_1', false, 'equal', 'robin', now() + interval '1 second')`,
  );
  await world.store.pool.query(
    `INSERT INTO carryover.followed_accounts (account_id, by, since) VALUES ('acc_1', 'stream', now()) ON CONFLICT DO NOTHING`,
  );
  const path = '/v2/kinds/conversations/migrations/acc_1/timeline';
  const { events } = await get(`${path}?limit=100`);
  const times = events.map(({ at }: { at: string }) => at);
  expect(times).toEqual(times.toSorted().toReversed());
  expect(events).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ type: 'steering', what: 'start', by: 'somebody-service' }),
      expect.objectContaining({ type: 'steering', what: 'pause', by: 'somebody-operator' }),
      expect.objectContaining({ type: 'status', what: 'recent: imported and checked', unit: 'br_1' }),
      expect.objectContaining({ type: 'verification', what: 'verification ended: all equal' }),
      expect.objectContaining({ type: 'following', detail: 'stream' }),
    ]),
  );
  const paged = [];
  for (let next = `${path}?limit=2`; ;) {
    const page = await get(next);
    expect(page.events.length).toBeLessThanOrEqual(2);
    paged.push(...page.events);
    if (page.next_cursor === null) break;
    next = `${path}?limit=2&cursor=${page.next_cursor}`;
  }
  expect(paged).toEqual(events);
  expect((await world.call('GET', `${path}?cursor=abc`, { token: operator })).statusCode).toBe(400);
});

test('failures are in the timeline of every kind', async () => {
  const { events } = await get('/v2/kinds/moves/migrations/1%3A4/timeline');
  expect(events).toContainEqual({
    at: '2026-03-01T10:00:00.000000Z',
    type: 'failure',
    what: 'door of room 1',
    by: null,
    unit: 'room 1',
    detail: 'It is locked.',
  });
});
