import { expect, test } from 'vitest';
import { buildApp } from '../../../api/app.js';
import { DEFAULT_RATE_LIMITS } from '../../../api/plugins/rate-limit.js';
import { ROLES } from '../../../api/roles.js';
import { type World, signed, tokenFor } from '../world.js';
import { LIST, apiForSessions, signIn, signInAs } from './signing-in.js';

let world: World;
apiForSessions((opened) => (world = opened));

const PAUSE = '/v2/migrations/acc_1/pause';

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
    const { cookie, csrf } = await signInAs(world, role);
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
  const { cookie, csrf } = await signIn(world, {
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
  const { cookie, csrf } = await signInAs(world, 'operator');
  const other =
    sent === 'of another session' ? { 'x-csrf-token': (await signInAs(world, 'operator')).csrf } : sent;
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
  const { cookie } = await signInAs(world, 'operator');
  const headers = { cookie, 'sec-fetch-site': 'same-origin' };
  expect((await world.call('GET', LIST, { headers })).statusCode).toBe(200);
  const token = await tokenFor('service');
  expect((await world.call('GET', LIST, { headers: { cookie }, token })).statusCode).toBe(403);
});

test('a code signs in once, as the person who created it', async () => {
  const made = await world.call('POST', '/v2/sign-in-codes', { token: await tokenFor('operator') });
  expect(made.statusCode).toBe(201);
  const { code } = made.json();
  const { cookie } = await signIn(world, { code });
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
