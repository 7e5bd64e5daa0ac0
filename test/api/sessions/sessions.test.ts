import { beforeAll, expect, test, vi } from 'vitest';
import { buildApp } from '../../../api/app.js';
import { DEFAULT_RATE_LIMITS } from '../../../api/plugins/rate-limit.js';
import { ROLES, type Role } from '../../../api/roles.js';
import { type Begun, Sessions } from '../../../api/sessions/sessions.js';
import { forThisFile } from '../../support/for-this-file.js';
import { openEvents } from '../event-stream.js';
import { type Call, type World, apiWorld, meet, signed, tokenFor } from '../world.js';

let world: World;
// All tests sign in from one address.
const rateLimits = { ...DEFAULT_RATE_LIMITS, signInsPerTenSeconds: 10_000 };
forThisFile(
  () => apiWorld({ rateLimits }),
  (opened) => (world = opened),
);
beforeAll(async () => {
  await meet(world, 'acc_1');
  await world.call('POST', '/v2/start-migration', {
    token: await tokenFor('service'),
    body: { account_id: 'acc_1' },
  });
  await world.app.listen({ host: '127.0.0.1', port: 0 });
});

const PAUSE = '/v2/migrations/acc_1/pause';
const LIST = '/v2/kinds/conversations/migrations';

interface SignedIn {
  readonly cookie: string;
  readonly csrf: string;
}

async function signIn(body: object, of = world, call: Call = {}): Promise<SignedIn> {
  const answer = await of.call('POST', '/session', { body, ...call });
  expect(answer.statusCode).toBe(200);
  const { name, value } = answer.cookies[0]!;
  return { cookie: `${name}=${value}`, csrf: answer.json().csrf_token };
}

const signInAs = async (role: Role, of = world) => signIn({ token: await tokenFor(role) }, of);

test('a token is exchanged for a cookie that scripts cannot read and other sites cannot send', async () => {
  const answer = await world.call('POST', '/session', { body: { token: await tokenFor('operator') } });
  expect(answer.json()).toEqual({
    subject: 'somebody-operator',
    role: 'operator',
    expires_at: expect.any(String),
    csrf_token: expect.any(String),
    ways: ['token'],
  });
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.cookies).toHaveLength(1);
  const [cookie] = answer.cookies;
  expect(cookie).toMatchObject({
    name: 'carryover_session',
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    maxAge: expect.any(Number),
  });
  expect(cookie).not.toHaveProperty('secure');
  const session = await world.call('GET', '/session', {
    headers: { cookie: `carryover_session=${cookie!.value}` },
  });
  expect(session.json()).toEqual(answer.json());
  // The store cannot be used to sign in: it knows neither the cookie nor the token against forgery.
  const { rows } = await world.store.pool.query('SELECT to_jsonb(s)::text AS row FROM carryover.sessions s');
  for (const { row } of rows) {
    expect(row).not.toContain(cookie!.value);
    expect(row).not.toContain(answer.json().csrf_token);
  }
});

test('over HTTPS the cookie is never sent in clear text', async () => {
  const behind = await buildApp({ ...world.apiOptions, trustedProxies: ['127.0.0.1'] });
  const answer = await behind.inject({
    method: 'POST',
    url: '/session',
    headers: { 'x-forwarded-proto': 'https' },
    payload: { token: await tokenFor('admin') },
  });
  expect(answer.cookies[0]).toMatchObject({ secure: true, sameSite: 'Strict' });
  await behind.close();
});

test('without a session the problem says how to sign in', async () => {
  const answer = await world.call('GET', '/session');
  expect([answer.statusCode, answer.json().ways]).toEqual([401, ['token']]);
});

test.each(ROLES)('the role %s signs in, or is told that it may not', async (role) => {
  const token = await tokenFor(role, role === 'app' ? 'acc_1' : undefined);
  const answer = await world.call('POST', '/session', { body: { token } });
  expect(answer.statusCode).toBe(role === 'app' ? 403 : 200);
  expect(answer.cookies).toHaveLength(role === 'app' ? 0 : 1);
});

test.each([
  ['no token', { token: 'abc' }, 401],
  ['another secret', { token: 'forged' }, 401],
  ['no code', { code: 'abc' }, 401],
  ['nothing', {}, 400],
  ['both', { token: 'a', code: 'b' }, 400],
])('%s does not sign in', async (_what, body, status) => {
  const forged = await signed({ sub: 'x', role: 'admin' }, '1h', 'a secret that nobody here has told');
  const sent = 'token' in body && body.token === 'forged' ? { token: forged } : body;
  const answer = await world.call('POST', '/session', { body: sent });
  expect([answer.statusCode, answer.cookies]).toEqual([status, []]);
});

test.each(ROLES.filter((role) => role !== 'app'))(
  'by cookie the role %s may do what it may by token, and nothing else',
  async (role) => {
    const { cookie, csrf } = await signInAs(role);
    const token = await tokenFor(role);
    const headers = { cookie, 'x-csrf-token': csrf };
    for (const [method, url] of [
      ['GET', LIST],
      ['POST', PAUSE],
      ['POST', '/v2/kinds/conversations/migrations/acc_1/resume'],
      ['GET', '/v2/audit'],
    ] as const) {
      const byToken = await world.call(method, url, { token });
      const byCookie = await world.call(method, url, { headers });
      expect([url, byCookie.statusCode]).toEqual([url, byToken.statusCode]);
      expect(byCookie.statusCode).toBe(role === 'service' ? 403 : method === 'GET' ? 200 : 202);
    }
  },
);

test('the audit names who has signed in, steered and signed out', async () => {
  const { cookie, csrf } = await signIn({
    token: await signed({ sub: 'robin', role: 'operator' }, '1h'),
  });
  const headers = { cookie, 'x-csrf-token': csrf };
  await world.call('POST', PAUSE, { headers });
  await world.call('DELETE', '/session', { headers });
  const { rows } = await world.store.pool.query(
    `SELECT action, role, remote_address, subject FROM carryover.audit_entries WHERE actor = 'robin' ORDER BY id`,
  );
  const robin = { role: 'operator', remote_address: '127.0.0.1' };
  expect(rows).toEqual([
    { action: 'sign-in', subject: '', ...robin },
    { action: 'pause', subject: 'acc_1', ...robin },
    { action: 'sign-out', subject: '', ...robin },
  ]);
});

test.each([
  ['without a token against forgery', {}],
  ['with a wrong one', { 'x-csrf-token': 'abc' }],
  ['with that of another session', 'of another session'],
  ['from another site', { 'sec-fetch-site': 'cross-site' }],
  ['from another host of the site', { 'sec-fetch-site': 'same-site' }],
] as const)('a request %s changes nothing', async (_how, sent) => {
  const { cookie, csrf } = await signInAs('operator');
  const other = sent === 'of another session' ? { 'x-csrf-token': (await signInAs('operator')).csrf } : sent;
  const count = async () =>
    (
      await world.store.pool.query(
        `SELECT count(*)::int AS n FROM carryover.audit_entries WHERE action = 'pause'`,
      )
    ).rows[0].n as number;
  const before = await count();
  const isForeign = typeof other === 'object' && 'sec-fetch-site' in other;
  const headers = { cookie, ...(isForeign ? { 'x-csrf-token': csrf } : {}), ...other };
  for (const [method, url] of [
    ['POST', PAUSE],
    ['DELETE', '/session'],
  ] as const) {
    const answer = await world.call(method, url, { headers });
    expect([answer.statusCode, answer.json().type]).toEqual([403, 'urn:carryover:problem:cross-site']);
  }
  expect(await count()).toBe(before);
  expect((await world.call('GET', '/session', { headers: { cookie } })).statusCode).toBe(200);
});

test('another site cannot sign somebody in', async () => {
  const answer = await world.call('POST', '/session', {
    body: { token: await tokenFor('operator') },
    headers: { 'sec-fetch-site': 'cross-site' },
  });
  expect([answer.statusCode, answer.cookies]).toEqual([403, []]);
});

test('reading needs no token against forgery, and a token in the header goes before the cookie', async () => {
  const { cookie } = await signInAs('operator');
  const headers = { cookie, 'sec-fetch-site': 'same-origin' };
  expect((await world.call('GET', LIST, { headers })).statusCode).toBe(200);
  const token = await tokenFor('service');
  expect((await world.call('GET', LIST, { headers: { cookie }, token })).statusCode).toBe(403);
});

test('signing out ends the session on every API process at once, with its streams', async () => {
  const other = await buildApp(world.apiOptions);
  await other.listen({ host: '127.0.0.1', port: 0 });
  await vi.waitUntil(() => other.storeListener.up && world.app.storeListener.up);
  const { cookie, csrf } = await signInAs('operator');
  const { cookie: stays } = await signInAs('operator');
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
  const { cookie } = await signInAs('operator');
  const again = await signIn({ token: await tokenFor('admin') }, world, { headers: { cookie } });
  expect((await world.call('GET', '/session', { headers: { cookie } })).statusCode).toBe(401);
  const { role } = (await world.call('GET', '/session', { headers: { cookie: again.cookie } })).json();
  expect(role).toBe('admin');
});

test('a code signs in once, as the person who created it', async () => {
  const made = await world.call('POST', '/v2/sign-in-codes', { token: await tokenFor('operator') });
  expect(made.statusCode).toBe(201);
  const { code } = made.json();
  const { cookie } = await signIn({ code });
  expect((await world.call('GET', '/session', { headers: { cookie } })).json()).toMatchObject({
    subject: 'somebody-operator',
    role: 'operator',
  });
  const again = await world.call('POST', '/session', { body: { code } });
  expect([again.statusCode, again.json().detail]).toEqual([401, expect.stringContaining('was used')]);
});

test('a code used by two clients at once signs in one of them', async () => {
  const made = await world.call('POST', '/v2/sign-in-codes', { token: await tokenFor('admin') });
  const { code } = made.json();
  const answers = await Promise.all(
    [1, 2, 3, 4].map(() => world.call('POST', '/session', { body: { code } })),
  );
  expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 401, 401, 401]);
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
  const { cookie } = await signInAs('operator');
  const app = await buildApp(world.apiOptions);
  await app.ready();
  await app.close();
  const { rows } = await world.store.pool.query(
    `SELECT id_hash FROM carryover.sessions WHERE id_hash LIKE 'old%' UNION SELECT code_hash FROM carryover.sign_in_codes WHERE code_hash = 'old'`,
  );
  expect(rows).toEqual([]);
  expect((await world.call('GET', '/session', { headers: { cookie } })).statusCode).toBe(200);
});

test('attempts to sign in are limited by address', async () => {
  const few = { ...DEFAULT_RATE_LIMITS, signInsPerTenSeconds: 3 };
  const app = await buildApp({ ...world.apiOptions, rateLimits: few });
  const attempt = (remoteAddress: string) =>
    app.inject({ method: 'POST', url: '/session', payload: { token: 'abc' }, remoteAddress });
  const statuses = [];
  for (let i = 0; i < 4; i += 1) statuses.push((await attempt('192.0.2.1')).statusCode);
  expect(statuses).toEqual([401, 401, 401, 429]);
  expect((await attempt('192.0.2.2')).statusCode).toBe(401);
  await app.close();
});
