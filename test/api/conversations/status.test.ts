import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { beginStart } from '../../../gateways/store/conversations/status/statuses.js';
import { type World, apiWorld, meet, tokenFor } from '../world.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let world: World;
let service: string;
const idsOf = (name: string) => ({ brand: `br_${name}`, sms: `ch_${name}_1`, email: `ch_${name}_2` });
const check = (accountId: string, headers: Record<string, string> = {}) =>
  world.call('GET', `/v2/check-migration-status?account_id=${accountId}`, { token: service, headers });
const start = (accountId: string) =>
  transaction(world.store.control, 'test', (tx) => beginStart(tx, accountId, 'test'));

beforeAll(async () => {
  world = await apiWorld();
  service = await tokenFor('service');
  await vi.waitUntil(() => world.app.storeListener.up);
});
afterAll(() => world.close());

test('the answer has only the statuses, in few bytes', async () => {
  await meet(world, 'acc_1', idsOf('1'));
  const answer = await check('acc_1');
  expect(answer.statusCode).toBe(200);
  expect(answer.body).toBe(
    '{"status":"pending","brands":{"br_1":"pending"},"channels":{"ch_1_1":"pending","ch_1_2":"pending"}}',
  );
  expect(answer.headers['content-type']).toContain('application/json');
  expect(answer.headers.etag).toMatch(/^"[^"]+"$/);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
});

test('an unknown account is 404, and Conversations is not asked', async () => {
  const asked = world.conversations.asked.length;
  expect((await check('acc_never')).statusCode).toBe(404);
  expect(world.conversations.asked).toHaveLength(asked);
});

test('a request with the current ETag gets 304 without a body', async () => {
  await meet(world, 'acc_etag', idsOf('etag'));
  const etag = (await check('acc_etag')).headers.etag as string;
  const again = await check('acc_etag', { 'if-none-match': etag });
  expect(again.statusCode).toBe(304);
  expect(again.headers).not.toHaveProperty('content-length');
  expect(again.headers).not.toHaveProperty('content-type');
  expect(again.body).toBe('');
  expect(again.headers.etag).toBe(etag);
  expect(Number(again.headers['retry-after'])).toBeGreaterThan(0);
  await start('acc_etag');
  const changed = await vi.waitUntil(async () => {
    const answer = await check('acc_etag', { 'if-none-match': etag });
    return answer.statusCode === 200 && answer;
  });
  expect(changed.json()).toMatchObject({ status: 'migrating', brands: { br_etag: 'migrating' } });
});

test('HEAD answers as GET does, including the length, without the body', async () => {
  await meet(world, 'acc_head', { ...idsOf('head'), brand: 'br_über' });
  const [asked, head] = [
    await check('acc_head'),
    await world.call('HEAD', '/v2/check-migration-status?account_id=acc_head', { token: service }),
  ];
  expect(asked.body).toContain('br_über');
  expect(asked.headers['content-length']).toBe(String(Buffer.byteLength(asked.body)));
  const varying = {
    'x-request-id': expect.any(String),
    'retry-after': expect.any(String),
    date: expect.any(String),
  };
  expect(head).toMatchObject({ statusCode: 200, body: '', headers: { ...asked.headers, ...varying } });
});

test('a second request is answered without reading the store', async () => {
  await meet(world, 'acc_mem', idsOf('mem'));
  await check('acc_mem');
  const { misses } = world.app.statuses.counts;
  for (let i = 0; i < 20; i += 1) await check('acc_mem');
  expect(world.app.statuses.counts.misses).toBe(misses);
});

test('concurrent requests for an account read the store once', async () => {
  await meet(world, 'acc_burst', idsOf('burst'));
  const { misses } = world.app.statuses.counts;
  const answers = await Promise.all(Array.from({ length: 25 }, () => check('acc_burst')));
  expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([200]));
  expect(world.app.statuses.counts.misses).toBe(misses + 1);
});

test('a change while the listener is cut off is seen once it listens again', async () => {
  await meet(world, 'acc_cut', idsOf('cut'));
  await check('acc_cut');
  let lost = 0;
  world.app.storeListener.once('lost', () => {
    lost += 1;
  });
  await world.store.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'carryover-listener' AND datname = current_database()`,
  );
  await start('acc_cut');
  await vi.waitUntil(async () => (await check('acc_cut')).json().status === 'migrating');
  await vi.waitUntil(() => world.app.storeListener.up);
  expect(lost).toBe(1);
});

test('an account that was requested before it was known is found once it is known', async () => {
  expect((await check('acc_late')).statusCode).toBe(404);
  await meet(world, 'acc_late', idsOf('late'));
  expect((await check('acc_late')).statusCode).toBe(200);
});

test('a burst of changes ends with the last one', async () => {
  await meet(world, 'acc_many', idsOf('many'));
  await check('acc_many');
  await start('acc_many');
  for (let i = 1; i <= 30; i += 1) {
    await world.store.pool.query(
      `WITH changed AS (UPDATE carryover.status_documents SET version = version + 1, changed_at = clock_timestamp(),
         document = replace(document, '"status"', '"status"') WHERE subject = 'acc_many' RETURNING 1)
       SELECT pg_notify('carryover_status', 'conversations:acc_many') FROM changed`,
    );
  }
  const { rows } = await world.store.pool.query(
    `SELECT version FROM carryover.status_documents WHERE subject = 'acc_many'`,
  );
  expect(rows[0].version).toBe('32');
  await expect.poll(async () => (await check('acc_many')).headers.etag).toMatch(/^"32-/);
});

test('while PostgreSQL and Conversations are unreachable, cached statuses are answered and others are 503', async () => {
  const clock = new VirtualClock(new Date().toISOString());
  const lonely = await apiWorld({ clock });
  try {
    await meet(lonely, 'acc_1');
    const ask = (accountId: string) =>
      lonely.call('GET', `/v2/check-migration-status?account_id=${accountId}`, { token: service });
    const before = await ask('acc_1');
    lonely.conversations.trouble = { status: 500 };
    await lonely.database.drop();
    await vi.waitUntil(() => !lonely.app.storeListener.up);
    const after = await ask('acc_1');
    expect(after.statusCode).toBe(200);
    expect(after.body).toBe(before.body);
    // Without notifications it would be read anew.
    await clock.advance(1_001);
    expect((await ask('acc_1')).statusCode).toBe(200);
    const other = await ask('acc_2');
    expect(other.statusCode).toBe(503);
    expect(Number(other.headers['retry-after'])).toBeGreaterThan(0);
    const ready = await lonely.call('GET', '/readyz');
    expect(ready.statusCode).toBe(503);
    expect(ready.json().checks).toMatchObject({ store: 'unreachable', temporal: 'reachable' });
    expect((await lonely.call('GET', '/healthz')).statusCode).toBe(200);
    expect((await lonely.call('GET', '/metrics')).body).toContain('carryover_status_listener_up 0');
  } finally {
    await lonely.close();
  }
});
