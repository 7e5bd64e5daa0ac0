import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Polling } from '../../../../activities/conversations/polling/poll-source.js';
import { isPollingLate } from '../../../../gateways/store/conversations/polling/polled-brands.js';
import { setFlag } from '../../../gateways/store/world.js';
import { accountOf, messageItem, threadItem } from '../import/source-items.js';
import { PollWorld } from './poll-world.js';

const [A, B] = ['br_1_1', 'br_2_1'] as const;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let polled: PollWorld;

beforeEach(async () => {
  polled = await PollWorld.open({ pageKeys: 4 });
  await polled.brand(A);
});

afterEach(() => polled.close());

const now = () => new Date(polled.clock.now());

describe('what is new at the source', () => {
  test('arrives: messages, and threads with theirs', async () => {
    expect(polled.started).toEqual(['polling']);
    const id = await polled.message(A);
    const at = now().toISOString();
    await polled.world.put('threads', [
      threadItem(A, 'thr_new', { last_message_at: at }),
      threadItem(A, 'thr_old'),
    ]);
    await polled.world.put('messages', [
      messageItem(A, 'thr_new', 'msg_new', at),
      messageItem(A, 'thr_old', 'msg_old', at),
    ]);
    await polled.poll('all are held', () => polled.holds(A, id, 'msg_new', 'msg_old'));
    const { quarantined } = await polled.world.contents();
    expect(quarantined).toEqual([]);
  });

  test('is applied once, and an idle poll takes one query for each table', async () => {
    const polling = new Polling(polled.dependencies());
    await polled.message(A);
    await polled.pollOnce(A, polling);
    expect(polled.applied).toHaveLength(1);
    const { messages_until: until } = await polled.row(A);
    // The message is read again, because it is within 15 minutes before the position.
    await polled.clock.advance(HOUR);
    polled.queries.length = 0;
    await polled.pollOnce(A, polling);
    expect(polled.queries.map(({ table }) => table).toSorted()).toEqual(['messages', 'threads']);
    expect(polled.applied).toHaveLength(1);
    expect((await polled.row(A)).messages_until).toEqual(until);
  });

  test('is applied once more by another process, which changes nothing', async () => {
    await polled.message(A);
    await polled.pollOnce(A);
    const held = await polled.world.contents();
    await polled.clock.advance(HOUR);
    await polled.pollOnce(A);
    expect(polled.applied).toHaveLength(2);
    expect(await polled.world.contents()).toEqual(held);
  });

  test('is found if it was written up to 15 minutes after its time', async () => {
    const polling = new Polling(polled.dependencies());
    const newest = await polled.message(A);
    await polled.pollOnce(A, polling);
    const at = (await polled.row(A)).messages_until.getTime();
    await polled.clock.advance(6 * MINUTE);
    const late = await polled.message(A, polled.clock.now() - at + 14 * MINUTE);
    await polled.poll('it is held', () => polled.holds(A, newest, late), polling);
    // Even later records are found when everything is compared.
    const tooLate = await polled.message(A, polled.clock.now() - at + 16 * MINUTE);
    await polled.clock.advance(6 * MINUTE);
    await polled.pollOnce(A, polling);
    expect(await polled.holds(A, tooLate)).toBe(false);
  });

  test.each([
    ['of year 9999', '9999-12-31T23:59:59.999Z#'],
    ['of tomorrow', '2026-11-11T10:00:00.000Z#'],
    ['that are no time', 'zzz#'],
  ])('has keys %s, and hides nothing', async (_, key) => {
    const polling = new Polling(polled.dependencies());
    const odd: string[] = [];
    for (let n = 0; n < 6; n += 1) odd.push(await polled.message(A, 0, { message_key: `${key}${n}` }));
    await polled.world.put('threads', [threadItem(A, 'thr_odd', { last_message_at: key })]);
    const before = await polled.row(A);
    await polled.poll('they are held', () => polled.holds(A, ...odd), polling);
    await polled.pollOnce(A, polling);
    const after = await polled.row(A);
    expect([after.messages_until, after.threads_until]).toEqual([
      before.messages_until,
      before.threads_until,
    ]);
    const applied = polled.applied.length;
    await polled.clock.advance(HOUR);
    await polled.pollOnce(A, polling);
    expect(polled.applied).toHaveLength(applied);
    const later = [await polled.message(A), await polled.message(A, MINUTE)];
    const alsoOdd = await polled.message(A, 0, { message_key: `${key}later` });
    await polled.poll('later ones are held', () => polled.holds(A, ...later, alsoOdd), polling);
    await polled.pollOnce(A, polling);
    const { messages_until: until } = await polled.row(A);
    expect(until > before.messages_until && until <= now()).toBe(true);
  });

  test('has many pages, and the position moves with each', async () => {
    const ids: string[] = [];
    await polled.clock.advance(HOUR);
    for (let n = 10; n > 0; n -= 1) ids.push(await polled.message(A, n * MINUTE));
    await polled.clock.advance(HOUR);
    for (let n = 10; n > 0; n -= 1) ids.push(await polled.message(A, n * MINUTE));
    const positions = new Set<number>();
    polled.beforeQuery = async ({ table }) => {
      if (table === 'messages') positions.add((await polled.row(A)).messages_until.getTime());
    };
    await polled.poll('all are held', () => polled.holds(A, ...ids));
    expect(positions.size).toBeGreaterThanOrEqual(4);
    expect([...positions]).toEqual([...positions].toSorted((a, b) => a - b));
    expect(polled.applied).toHaveLength(ids.length);
  });

  test('is not looked for before its import is planned, and not lost', async () => {
    await polled.brand(B);
    const [unit] = await polled.world.query('SELECT unit_id FROM brands WHERE source_id = $1', [A]);
    await polled.world.query('UPDATE brands SET unit_id = NULL WHERE source_id = $1', [A]);
    const id = await polled.message(A);
    await polled.pollOnce(B);
    expect(polled.queries.filter(({ brandId }) => brandId === A)).toEqual([]);
    await polled.world.query('UPDATE brands SET unit_id = $2 WHERE source_id = $1', [A, unit?.['unit_id']]);
    await polled.poll('it is held', () => polled.holds(A, id));
  });
});

test('the interval doubles while nothing comes, and is 15 seconds again when something does', async () => {
  const polling = new Polling(polled.dependencies());
  await polled.poll(
    'it is at its longest',
    async () => (await polled.row(A)).interval_ms === 300_000,
    polling,
  );
  const at = polled.queries.filter(({ table }) => table === 'messages').map((query) => query.at);
  const waits = at.slice(1).map((time, n) => time - (at[n] ?? 0));
  for (const [n, wait] of waits.entries())
    expect(wait).toBeGreaterThanOrEqual(Math.min(30_000 * 2 ** n, 300_000));
  expect(waits).toHaveLength(4);
  const id = await polled.message(A);
  await polled.poll('it is held', () => polled.holds(A, id), polling);
  expect((await polled.row(A)).interval_ms).toBe(15_000);
});

test('a lane catches up for ported numbers of accounts that are polled', async () => {
  await polled.poll('it has looked for them twice', () => polled.caughtUp.length >= 2);
  expect(new Set(polled.caughtUp)).toEqual(new Set(['poll']));
});

test('a paused account is not polled, and is at once when it is resumed, from its old position', async () => {
  await polled.brand(B);
  await setFlag(polled.world.pool, accountOf(A), 'paused', { by: 'operator' });
  const { ended, stop } = polled.lane();
  const ids = [await polled.message(A)];
  await polled.clock.advance(5 * HOUR);
  ids.push(await polled.message(A));
  const other = await polled.message(B);
  await polled.until('the other one is polled', () => polled.holds(B, other));
  expect(polled.queries.filter(({ brandId }) => brandId === A)).toEqual([]);
  await setFlag(polled.world.pool, accountOf(A), 'paused', null);
  await polled.until('what came meanwhile is held', () => polled.holds(A, ...ids));
  stop();
  expect(await ended).toBe('stopped');
});

test('a brand that leaves is not polled any more, and polling ends with the last one', async () => {
  await polled.brand(B);
  const { ended, stop } = polled.lane();
  await polled.until(
    'both are polled',
    async () => (await polled.row(A)).polled_at !== null && (await polled.row(B)).polled_at !== null,
  );
  await polled.leave(A);
  const lost = await polled.message(A);
  const id = await polled.message(B);
  polled.queries.length = 0;
  await polled.until('the other one is polled', () => polled.holds(B, id));
  expect(await polled.holds(A, lost)).toBe(false);
  await polled.leave(B);
  let end: string | undefined;
  void ended.then((value) => (end = value));
  await polled.until('it ends', () => end !== undefined);
  stop();
  expect(end).toBe('left');
  expect(await polled.world.query('SELECT FROM carryover.polled_brands')).toEqual([]);
});

test('an account of a dump is not polled', async () => {
  await polled.brand(B);
  await polled.world.query(
    `UPDATE accounts SET migration = migration || '{"dump": {"bucket": "b", "prefix": "p"}}' WHERE source_id = $1`,
    [accountOf(A)],
  );
  await polled.pollOnce(B);
  expect(polled.queries.filter(({ brandId }) => brandId === A)).toEqual([]);
});

test('two pollers at once do no harm', async () => {
  const ids: string[] = [];
  const lanes = [polled.lane(), polled.lane()];
  for (let n = 0; n < 30; n += 1) {
    ids.push(await polled.message(A));
    await polled.clock.advance(5_000);
  }
  await polled.until('all are held', () => polled.holds(A, ...ids));
  for (const lane of lanes) lane.stop();
  for (const lane of lanes) expect(await lane.ended).toBe('stopped');
  expect(await polled.held(A)).toEqual(ids.toSorted());
  const [followed] = await polled.world.query('SELECT added, changed, removed FROM carryover.followings');
  expect(followed).toEqual({ added: String(ids.length), changed: '0', removed: '0' });
});

test('a position never goes back', async () => {
  await polled.message(A);
  polled.beforeQuery = () =>
    void polled.world.query(`UPDATE carryover.polled_brands SET messages_until = '2026-11-10T12:00:00Z'`);
  await polled.pollOnce(A);
  expect((await polled.row(A)).messages_until).toEqual(new Date('2026-11-10T12:00:00Z'));
});

test('workers know when nobody polls', async () => {
  const isLate = () => isPollingLate(polled.world.pool, now());
  expect(await isLate()).toBe(false);
  await polled.clock.advance(2 * MINUTE);
  expect(await isLate()).toBe(true);
  await polled.pollOnce(A);
  expect(await isLate()).toBe(false);
  await setFlag(polled.world.pool, accountOf(A), 'paused', { by: 'operator' });
  await polled.clock.advance(HOUR);
  expect(await isLate()).toBe(false);
});

test('changes are applied again after an outage of the store, which may have lost them', async () => {
  const { pool } = polled.world;
  let isAway = false;
  let asked = 0;
  const query = (...args: unknown[]): unknown => {
    if (!isAway) return Reflect.apply(pool.query, pool, args);
    // Waiting hints are queried beside it, and may fail without ending the poller.
    if (String(args[0]).includes('carryover.polled_brands')) asked += 1;
    return Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
  };
  const { ended, stop } = polled.lane(
    new Polling(polled.dependencies({ connect: pool.connect.bind(pool), query: query as typeof pool.query })),
  );
  const id = await polled.message(A);
  await polled.until('it is held', () => polled.holds(A, id));
  isAway = true;
  await polled.until('it is asked for', () => asked > 0);
  isAway = false;
  await polled.until('it is applied once more', () => polled.applied.length === 2);
  expect(await polled.held(A)).toEqual([id]);
  stop();
  expect(await ended).toBe('stopped');
});
