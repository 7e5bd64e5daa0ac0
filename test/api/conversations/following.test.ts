import { afterAll, beforeAll, expect, test } from 'vitest';
import { joinPolling, joinStreams, leave } from '../../../gateways/store/conversations/streams/join.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { type World, apiWorld, meet, tokenFor } from '../world.js';

const SINCE = '2026-03-01T10:00:00.000Z';
const at = new Date(SINCE);
const ACCOUNTS = ['a', 'b', 'c'];

let world: World;
let operator: string;
const followingOf = async (name: string): Promise<Record<string, unknown>> =>
  (await world.call('GET', `/v2/migrations/acc_${name}`, { token: operator })).json().following;
const lagOfAll = async (): Promise<number> =>
  Number(/^carryover_following_lag_seconds (\S+)$/m.exec((await world.call('GET', '/metrics')).body)?.[1]);
const joining = (name: string) => ({ accountId: `acc_${name}`, brandIds: [`br_${name}`], at });
const query = (sql: string) => world.store.pool.query(sql);

beforeAll(async () => {
  world = await apiWorld();
  operator = await tokenFor('operator');
  for (const name of ACCOUNTS)
    await meet(world, `acc_${name}`, {
      brand: `br_${name}`,
      sms: `ch_${name}_1`,
      email: `ch_${name}_2`,
    });
});
afterAll(() => world.close());

test('an account that is not followed is shown as such', async () => {
  expect(await followingOf('a')).toEqual({
    ...{ by: null, since: null, until: null, lag_seconds: null },
    ...{ added: 0, changed: 0, removed: 0, last_at: null },
    ...{ finishing: null, note: null },
  });
  expect(await lagOfAll()).toBe(0);
});

test('a polled account shows since when, and the counts of changes', async () => {
  await joinPolling(world.store.pool, joining('b'));
  await query(
    `INSERT INTO carryover.followings (brand_id, added, changed, removed, last_at)
     SELECT id, 5, 3, 2, '2026-03-02T10:00:00Z' FROM brands WHERE source_id = 'br_b'`,
  );
  await query(`UPDATE carryover.polled_brands SET polled_at = now() - interval '1 hour'`);
  const { lag_seconds: lag, ...following } = await followingOf('b');
  expect(Math.floor(Number(lag) / 3_600)).toBe(1);
  expect(following).toEqual({
    ...{ by: 'poll', since: SINCE, until: null },
    ...{ added: 5, changed: 3, removed: 2, last_at: '2026-03-02T10:00:00.000Z' },
    ...{ finishing: null, note: expect.stringContaining('It is polled') as string },
  });
});

test('an account followed by streams shows the lag of the streams and of its own changes', async () => {
  const shards = [
    { id: 'read', parent: undefined, position: undefined, readUntil: at, isRead: true },
    { id: 'open', parent: undefined, position: '1', readUntil: at, isRead: false },
  ];
  const starts = (['threads', 'messages'] as const).map((table) => ({ table, streamArn: 'arn', shards }));
  await joinStreams(world.store.pool, joining('c'), starts);
  await query(
    `UPDATE carryover.follow_shards SET read_until = now() - interval '1 hour' WHERE shard_id = 'open'`,
  );
  const lag = async () => Number((await followingOf('c'))['lag_seconds']);
  expect(await followingOf('c')).toMatchObject({ by: 'stream', since: SINCE, until: null });
  expect(Math.floor((await lag()) / 3_600)).toBe(1);
  expect(Math.floor((await lagOfAll()) / 3_600)).toBe(1);
  await query(
    `INSERT INTO carryover.waiting_hints (brand_id, source_table, key_hash, key, since)
     SELECT id, 'messages', '', '["a","b"]', now() - interval '2 hours' FROM brands WHERE source_id = 'br_c'`,
  );
  expect(Math.floor((await lag()) / 3_600)).toBe(2);
  expect(Math.floor((await lagOfAll()) / 3_600)).toBe(1);

  await transaction(world.store.pool, 'test', (tx) => leave(tx, 'acc_c', at));
  expect(await followingOf('c')).toMatchObject({ by: 'stream', until: SINCE, lag_seconds: null });
});
