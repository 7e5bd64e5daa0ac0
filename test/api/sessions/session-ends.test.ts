import { expect, test, vi } from 'vitest';
import { buildApp } from '../../../api/app.js';
import { type Begun, Sessions } from '../../../api/sessions/sessions.js';
import { openEvents } from '../event-stream.js';
import { type World, tokenFor } from '../world.js';
import { LIST, apiForSessions, signIn, signInAs } from './signing-in.js';

let world: World;
apiForSessions((opened) => (world = opened));

test('signing out ends the session on every API process at once, with its streams', async () => {
  const other = await buildApp(world.apiOptions);
  await other.listen({ host: '127.0.0.1', port: 0 });
  await vi.waitUntil(() => other.storeListener.up && world.app.storeListener.up);
  const { cookie, csrf } = await signInAs(world, 'operator');
  const { cookie: stays } = await signInAs(world, 'operator');
  const path = '/v2/migrations/acc_1/events';
  const ending = await Promise.all([world.app, other].map((app) => openEvents({ app }, path, { cookie })));
  const staying = await openEvents({ app: other }, path, { cookie: stays });
  await vi.waitUntil(() => [...ending, staying].every(({ events }) => events.length > 0));

  const answer = await world.call('DELETE', '/session', { headers: { cookie, 'x-csrf-token': csrf } });
  expect([answer.statusCode, answer.cookies[0]]).toMatchObject([
    204,
    { name: 'carryover_session', value: '' },
  ]);
  for (const app of [world.app, other])
    expect((await app.inject({ url: LIST, headers: { cookie } })).statusCode).toBe(401);
  await vi.waitUntil(() => ending.every(({ ended }) => ended));
  expect(staying.ended).toBe(false);
  expect((await other.inject({ url: LIST, headers: { cookie: stays } })).statusCode).toBe(200);
  staying.response.destroy();
  await vi.waitUntil(() => other.streams.size === 0 && world.app.streams.size === 0);
  // A second time it is gone already.
  const again = await world.call('DELETE', '/session', { headers: { cookie, 'x-csrf-token': csrf } });
  expect(again.statusCode).toBe(204);
  await other.close();
});

test('a stream that is opened while its session ends is closed', async () => {
  const read = vi.fn<(hashes: readonly string[]) => Promise<Set<string>>>(async () => new Set());
  const { SessionStreams } = await import('../../../api/sessions/session-streams.js');
  const streams = new SessionStreams(read);
  const end = vi.fn<() => void>();
  const leave = streams.follow('hash', end);
  await vi.waitUntil(() => end.mock.calls.length === 1);
  leave();
  await streams.checkAll();
  expect(read).toHaveBeenCalledTimes(1);
});

test('signing in again in the same browser replaces the session', async () => {
  const { cookie } = await signInAs(world, 'operator');
  const again = await signIn(world, { token: await tokenFor('admin') }, { headers: { cookie } });
  expect((await world.call('GET', '/session', { headers: { cookie } })).statusCode).toBe(401);
  const { role } = (await world.call('GET', '/session', { headers: { cookie: again.cookie } })).json();
  expect(role).toBe('admin');
});

test('a session ends with its token, after twelve hours at the latest, and a code after ten minutes', async () => {
  const MINUTE = 60_000;
  const HOUR = 60 * MINUTE;
  // Ahead of the store's clock, by which expired sessions are deleted.
  const begun = Date.parse('2099-01-05T10:00:00.000Z');
  let now = begun;
  const sessions = new Sessions(world.store, { now: () => now });
  const identity = (hours: number) => ({
    subject: 'somebody',
    role: 'operator' as const,
    expiresAt: begun + hours * HOUR,
  });
  const isIn = async ({ id }: Begun) => (await sessions.find(id)) !== undefined;
  const short = await sessions.begin(identity(1), 'token', undefined, '127.0.0.1');
  const long = await sessions.begin(identity(100), 'token', undefined, '127.0.0.1');
  const [first, second] = [await sessions.newCode(identity(2)), await sessions.newCode(identity(2))];
  const byCode = await sessions.beginByCode(first.code, undefined, '127.0.0.1');
  now = begun + 10 * MINUTE;
  await expect(sessions.beginByCode(second.code, undefined, '127.0.0.1')).rejects.toMatchObject({
    status: 401,
  });
  expect([await isIn(short), await isIn(long), await isIn(byCode)]).toEqual([true, true, true]);
  now = begun + HOUR;
  expect([await isIn(short), await isIn(long), await isIn(byCode)]).toEqual([false, true, true]);
  now = begun + 2 * HOUR;
  expect([await isIn(long), await isIn(byCode)]).toEqual([true, false]);
  now = begun + 12 * HOUR;
  expect(await isIn(long)).toBe(false);
});

test('expired sessions and codes are deleted with other data past its retention', async () => {
  await world.store.pool.query(`
    INSERT INTO carryover.sessions (id_hash, subject, role, way, expires_at)
    SELECT 'old-' || n, 'somebody', 'operator', 'token', now() - interval '2 days' FROM generate_series(1, 1001) n`);
  await world.store.pool.query(`
    INSERT INTO carryover.sign_in_codes (code_hash, subject, role, expires_at, session_ends_at)
    VALUES ('old', 'somebody', 'operator', now() - interval '2 days', now())`);
  const { cookie } = await signInAs(world, 'operator');
  const app = await buildApp(world.apiOptions);
  await app.ready();
  await app.close();
  const { rows } = await world.store.pool.query(
    `SELECT id_hash FROM carryover.sessions WHERE id_hash LIKE 'old%' UNION SELECT code_hash FROM carryover.sign_in_codes WHERE code_hash = 'old'`,
  );
  expect(rows).toEqual([]);
  expect((await world.call('GET', '/session', { headers: { cookie } })).statusCode).toBe(200);
});
