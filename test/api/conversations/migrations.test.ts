import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProgressRate } from '../../../api/progress-rate.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { beginStart } from '../../../gateways/store/conversations/status/statuses.js';
import { leadBrand, leadChannel, steerAccount } from '../../gateways/store/world.js';
import { type World, apiWorld, meet, tokenFor } from '../world.js';
import { addPhase, addSlice } from '../../support/work.js';

let world: World;
let operator: string;
const get = (url: string) => world.call('GET', url, { token: operator });
const idsOf = (name: string) => ({ brand: `br_${name}`, sms: `ch_${name}_1`, email: `ch_${name}_2` });
const start = (accountId: string) =>
  transaction(world.store.control, 'test', (tx) => beginStart(tx, accountId, 'somebody'));
const idsIn = (page: { migrations: { account_id: string }[] }) =>
  page.migrations.map((each) => each.account_id);
const HELD_BACK = {
  since: '2026-01-02T03:04:05.000Z',
  reason: 'commit-latency',
  measured: 73.4,
  budget: 50,
  share: 0.06,
};

beforeAll(async () => {
  world = await apiWorld();
  operator = await tokenFor('operator');
  for (const name of ['a', 'b', 'c', 'd', 'e']) await meet(world, `acc_${name}`, idsOf(name));
});
afterAll(() => world.close());

test('migrations are listed with the newest change first, page after page', async () => {
  await start('acc_b');
  const all = (await get('/v2/migrations')).json();
  expect(idsIn(all)).toEqual(['acc_b', 'acc_e', 'acc_d', 'acc_c', 'acc_a']);
  expect(all.next_cursor).toBe(null);
  expect(all.migrations[0]).toMatchObject({
    name: 'Lakeside Dental',
    migration_status: 'migrating',
    paused: null,
  });

  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: { migrations: { account_id: string }[]; next_cursor: string | null } = (
      await get(`/v2/migrations?limit=2${cursor ? `&cursor=${cursor}` : ''}`)
    ).json();
    expect(page.migrations.length).toBeLessThanOrEqual(2);
    seen.push(...idsIn(page));
    cursor = page.next_cursor;
  }
  expect(seen).toEqual(idsIn(all));
});

test('an account that changes while pages are read does not hide others', async () => {
  const first = (await get('/v2/migrations?limit=2')).json();
  await start('acc_a');
  const second = (await get(`/v2/migrations?limit=10&cursor=${first.next_cursor}`)).json();
  expect([...idsIn(first), ...idsIn(second)].filter((id) => id !== 'acc_a').toSorted()).toEqual([
    'acc_b',
    'acc_c',
    'acc_d',
    'acc_e',
  ]);
});

test('migrations are listed by status', async () => {
  expect(idsIn((await get('/v2/migrations?status=migrating')).json()).toSorted()).toEqual(['acc_a', 'acc_b']);
  expect(idsIn((await get('/v2/migrations?status=all-messages-migrated')).json())).toEqual([]);
});

test('everything about one migration: phases, counts, failures, ports, attachments, quarantine, links', async () => {
  await start('acc_c');
  await leadChannel(world.store, 'acc_c', 'ch_c_1', ['migrating', 'porting']);
  await leadChannel(world.store, 'acc_c', 'ch_c_2', ['migrating', 'failure']);
  await leadBrand(world.store, 'acc_c', 'br_c', ['recent-messages-failure']);
  await transaction(world.store.control, 'test', (tx) => steerAccount(tx, 'acc_c', 'pause', 'an operator'));
  await fill('br_c', 'acc_c');

  const view = (await get('/v2/migrations/acc_c')).json();
  expect(view).toMatchObject({
    account_id: 'acc_c',
    migration_status: 'recent-messages-failure',
    phase: 'recent',
    paused: { by: 'an operator' },
    cancelled: null,
    failure: null,
    threads: { planned: 12, done: 10, quarantined: 1 },
    messages: { planned: 150, done: 90, quarantined: 2 },
    // Nothing moves while it is paused.
    rate_per_second: null,
    seconds_left: null,
    attachments: {
      stored: 3,
      waiting: 1,
      failed: 1,
      failures: [
        {
          message_id: 'm1',
          attachment_id: 'a2',
          error: 'gone',
          since: '2026-01-02T03:04:05.000Z',
          tries: 4,
          next_step: expect.stringContaining('then retry'),
        },
      ],
    },
    quarantined: {
      threads: 0,
      messages: 1,
      records: [{ source_table: 'messages', reason: 'body is no text' }, { source_id: null }],
    },
    brands: [{ phases: [{ phase: 'recent', held_back: HELD_BACK }] }],
    ports: [
      {
        channel_id: 'ch_c_1',
        phone_number: '+15550001111',
        status: 'exception',
        reason: 'Name differs',
        // Noted here then: the order's own time is not known.
        since: '2026-01-01T00:00:00.000Z',
      },
    ],
    messages_to_temporal: 0,
    links: { temporal: 'http://127.0.0.1:8233/namespaces/default/workflows/migration%3Aacc_c' },
  });
  expect(view.brands).toHaveLength(1);
  expect(view.brands[0]).toMatchObject({
    brand_id: 'br_c',
    migration_status: 'recent-messages-failure',
    failure: { times: 1, next_step: expect.any(String), type: expect.any(String) },
    phases: [{ phase: 'recent', completed_at: null, messages: { planned: 150, done: 90 } }],
    channels: [
      { channel_id: 'ch_c_1', migration_status: 'porting', failure: null },
      { channel_id: 'ch_c_2', migration_status: 'failure', failure: { type: expect.any(String) } },
    ],
  });
});

test('a brand that belongs to another account is shown with its failure', async () => {
  const failure = {
    type: 'ChannelImpossible',
    message: 'Brand br_x of account acc_d belongs to another account here.',
    since: '2026-01-02T03:04:05.000Z',
    times: 1,
    nextStep: 'Correct it.',
  };
  const set = `UPDATE accounts SET migration = $1::jsonb || migration WHERE source_id = 'acc_d'`;
  await world.store.pool.query(set, [JSON.stringify({ foreignBrands: { br_x: failure } })]);
  const { brands } = (await get('/v2/migrations/acc_d')).json();
  expect(brands.at(-1)).toMatchObject({
    brand_id: 'br_x',
    migration_status: 'channel-failure',
    failure: { message: failure.message, next_step: 'Correct it.' },
  });
  const unset = `UPDATE accounts SET migration = migration - 'foreignBrands' WHERE source_id = 'acc_d'`;
  await world.store.pool.query(unset);
});

test('an account that was not started has an empty view', async () => {
  const view = (await get('/v2/migrations/acc_d')).json();
  expect(view).toMatchObject({
    migration_status: 'pending',
    phase: 'waiting',
    started_at: null,
    threads: { planned: 0, done: 0, quarantined: 0 },
    rate_per_second: null,
    ports: [],
  });
  expect((await get('/v2/migrations/acc_nobody')).statusCode).toBe(404);
});

test('the audit is listed newest first, page by page, for one account or all', async () => {
  await world.call('POST', '/v2/start-migration', { token: operator, body: { account_id: 'acc_e' } });
  for (const action of ['pause', 'resume', 'retry']) {
    await world.call('POST', `/v2/migrations/acc_e/${action}`, { token: operator });
  }
  const first = (await get('/v2/audit?account_id=acc_e&limit=3')).json();
  expect(first.entries.map((entry: { action: string }) => entry.action)).toEqual([
    'retry',
    'resume',
    'pause',
  ]);
  expect(first.entries[0]).toMatchObject({
    actor: 'somebody-operator',
    role: 'operator',
    account_id: 'acc_e',
    remote_address: '127.0.0.1',
  });
  const second = (await get(`/v2/audit?account_id=acc_e&limit=3&cursor=${first.next_cursor}`)).json();
  expect(second.entries.map((entry: { action: string }) => entry.action)).toEqual(['start']);
  expect(second.next_cursor).toBe(null);
  expect((await get('/v2/audit')).json().entries).toHaveLength(4);
});

test('a rate is measured since an earlier observation, else since the beginning', () => {
  let now = 0;
  const rate = new ProgressRate({ now: () => now });
  const perSecond = (key: string, done: number, at: number) => {
    now = at;
    return rate.perSecond(key, done, 0);
  };
  expect(perSecond('a', 100, 10_000)).toBe(10);
  expect(perSecond('a', 400, 20_000)).toBe(30);
  expect(perSecond('a', 400, 30_000)).toBe(null);
  expect(perSecond('a', 700, 200_000)).toBe(3.5);
  expect(perSecond('a', 710, 200_300)).toBe(3.5);
  // A rate that rounds to zero would mean endless time.
  expect(perSecond('slow', 2, 60_000)).toBe(null);
});

/** Rows as an import leaves them half way. */
async function fill(brandId: string, accountId: string): Promise<void> {
  const { pool } = world.store;
  const brand = `(SELECT id FROM brands WHERE source_id = '${brandId}')`;
  await addPhase(pool, brandId, 'recent');
  await pool.query(`UPDATE carryover.phases SET held_back = $1::jsonb || jsonb_build_object('at', now())`, [
    JSON.stringify(HELD_BACK),
  ]);
  for (const slice of [
    { stage: 'threads', done: true, estimate: 20, read: 10, quarantined: 1 },
    { stage: 'threads', estimate: 2 },
    { stage: 'messages', done: true, estimate: 10, read: 50, quarantined: 1, parts: 3 },
    { stage: 'messages', estimate: 100, read: 40, quarantined: 1, parts: 2 },
  ])
    await addSlice(pool, brandId, 'recent', slice);
  await pool.query(`
    WITH message AS (
      INSERT INTO messages (thread_id, source_id, direction, kind, sent_at, source_key, source_thread_id)
      VALUES (1, 'm1', 'in', 'text', now(), 'k', 't') RETURNING id)
    INSERT INTO attachments (message_id, brand_id, source_id, source_url, stored_url, error, tries)
    SELECT id, ${brand}, a.source_id, 'https://files.example/x', a.stored_url, a.error::jsonb, a.tries FROM message,
      (VALUES ('a1', 'file:///a1', NULL, 1), ('a2', NULL, '{"final":true,"message":"gone","at":"2026-01-02T03:04:05.000Z"}', 4), ('a3', NULL, NULL, 0))
        AS a (source_id, stored_url, error, tries)`);
  await pool.query(`
    INSERT INTO quarantined_records (account_source_id, brand_id, source_table, source_key, source_key_hash, range_key, identity, reason)
    VALUES ('${accountId}', ${brand}, 'messages', 't/k1', 'h1', 'k1', 'same', 'body is no text'),
      ('${accountId}', ${brand}, 'messages', 't/k2', 'h2', 'k2', 'same', 'body is no text')`);
  await pool.query(`
    INSERT INTO phone_portings
      (account_id, channel_id, phone_number, port_order_id, status, reason, status_at, created_at)
    SELECT b.account_id, c.id, c.phone_number, 'po_c', 'exception', 'Name differs', 'epoch', '2026-01-01T00:00:00Z'
    FROM channels c JOIN brands b ON b.id = c.brand_id WHERE c.source_id = 'ch_c_1'`);
}
