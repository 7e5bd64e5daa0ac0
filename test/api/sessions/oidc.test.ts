import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildApp } from '../../../api/app.js';
import { oidcProvider } from '../../../gateways/oidc/provider.js';
import { type World, apiWorld } from '../world.js';
import { startProvider } from './oidc-world.js';

/** As the API sees itself in injected requests, whose host names the usual port. */
const CALLBACK = 'http://localhost/session/oidc/callback';

let idp: Awaited<ReturnType<typeof startProvider>>;
let world: World;
beforeAll(async () => {
  idp = await startProvider(CALLBACK);
  world = await apiWorld({ oidc: { provider: idp.provider, roleClaim: 'realm.roles' } });
});
afterAll(async () => {
  await world.close();
  await idp.close();
});
beforeEach(() => {
  idp.world.claims = { realm: { roles: ['offline', 'carryover-operator'] } };
});

const get = (url: string, cookie?: string) =>
  world.call('GET', url, cookie === undefined ? {} : { headers: { cookie } });

/** Begins a sign-in; returns the provider's address and the cookie of the pending sign-in. */
async function begin(query = '') {
  const answer = await get(`/session/oidc${query}`);
  expect(answer.statusCode).toBe(302);
  const { name, value, ...attributes } = answer.cookies[0]!;
  return { url: String(answer.headers.location), cookie: `${name}=${value}`, attributes };
}

/** Signs in at the provider; returns the path on which the browser comes back, and its cookie. */
async function signedIn(query = '') {
  const { url, cookie } = await begin(query);
  const { pathname, search } = await idp.signIn(url);
  return { path: `${pathname}${search}`, cookie };
}

test('a person is sent to the provider with PKCE, state and nonce, and a cookie that only the callback gets', async () => {
  const { url, attributes } = await begin();
  const asked = Object.fromEntries(new URL(url).searchParams);
  expect(asked).toEqual({
    client_id: 'carryover',
    response_type: 'code',
    scope: 'openid',
    redirect_uri: CALLBACK,
    state: expect.stringMatching(/.{40}/),
    nonce: expect.stringMatching(/.{40}/),
    code_challenge: expect.stringMatching(/.{40}/),
    code_challenge_method: 'S256',
  });
  expect(attributes).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/session/oidc', maxAge: 600 });
});

test('a sign-in at the provider creates a session with the role of the claim, and returns to the page of the start', async () => {
  const { path, cookie } = await signedIn('?return_to=/migrations/conversations/acc_1%3Ftab=units');
  const answer = await get(path, cookie);
  expect([answer.statusCode, answer.headers.location]).toEqual([
    302,
    '/migrations/conversations/acc_1?tab=units',
  ]);
  const session = answer.cookies.find(({ name }) => name === 'carryover_session')!;
  expect(session).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
  expect(answer.cookies.find(({ name }) => name === 'carryover_sign_in')).toMatchObject({ value: '' });
  const who = await get('/session', `carryover_session=${session.value}`);
  expect(who.json()).toMatchObject({ subject: 'robin', role: 'operator', ways: ['token', 'oidc'] });
  const { rows } = await world.store.pool.query(
    `SELECT actor, role, details FROM carryover.audit_entries WHERE action = 'sign-in' ORDER BY id DESC LIMIT 1`,
  );
  expect(rows).toEqual([{ actor: 'robin', role: 'operator', details: { way: 'oidc' } }]);
});

test.each([
  ['no role', {}],
  ['an unknown role', { realm: { roles: ['accountant'] } }],
  ['the role of an app', { realm: { roles: ['app'] } }],
])('who has %s at the provider is refused, and told which claim says so', async (_what, claims) => {
  idp.world.claims = claims;
  const { path, cookie } = await signedIn();
  const answer = await get(path, cookie);
  expect(answer.statusCode).toBe(403);
  expect(answer.json().detail).toContain('realm.roles');
  expect(answer.cookies.map(({ name }) => name)).toEqual(['carryover_sign_in']);
});

test('an answer with another state, from another browser or without a sign-in is refused', async () => {
  const { path, cookie } = await signedIn();
  const other = await begin();
  const forged = path.replace(/state=[^&]+/, 'state=forged');
  for (const [url, with_] of [
    [forged, cookie],
    [path, other.cookie],
    [path, undefined],
    [path, 'carryover_sign_in=e30'],
  ] as const) {
    const answer = await get(url, with_);
    expect([answer.statusCode, answer.cookies.filter(({ name }) => name === 'carryover_session')]).toEqual([
      401,
      [],
    ]);
  }
});

test('a code that was used signs nobody in', async () => {
  const { path, cookie } = await signedIn();
  expect((await get(path, cookie)).statusCode).toBe(302);
  const again = await get(path, cookie);
  expect([again.statusCode, again.json().detail]).toEqual([401, expect.stringContaining('invalid_grant')]);
});

test('a code with the verifier of another sign-in is refused by the provider', async () => {
  const { path, cookie } = await signedIn();
  const pending = JSON.parse(Buffer.from(cookie.split('=')[1]!, 'base64url').toString());
  const stolen = Buffer.from(JSON.stringify({ ...pending, verifier: 'x'.repeat(43) })).toString('base64url');
  expect((await get(path, `carryover_sign_in=${stolen}`)).statusCode).toBe(401);
});

test('a person who declines at the provider gets that reason', async () => {
  const { url, cookie } = await begin();
  const { searchParams } = new URL(url);
  const query = new URLSearchParams({
    error: 'access_denied',
    state: searchParams.get('state')!,
    iss: idp.issuer,
  });
  const answer = await get(`/session/oidc/callback?${query.toString()}`, cookie);
  expect([answer.statusCode, answer.json().detail]).toEqual([401, expect.stringContaining('access_denied')]);
});

test.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'migrations', '/%09/evil.example'])(
  'nobody is sent to %s afterwards',
  async (to) => {
    const encoded = to.includes('%') ? to : encodeURIComponent(to);
    expect((await get(`/session/oidc?return_to=${encoded}`)).statusCode).toBe(400);
  },
);

test('while the provider is down, a sign-in answers 503, when it begins and when it ends', async () => {
  const late = await startProvider(CALLBACK);
  await late.close();
  const provider = oidcProvider({ issuer: late.issuer, clientId: 'carryover', clientSecret: 'x' });
  const app = await buildApp({ ...world.apiOptions, oidc: { provider, roleClaim: 'role' } });
  const away = await app.inject('/session/oidc');
  expect([away.statusCode, away.headers['retry-after']]).toEqual([503, '5']);
  expect(away.json().detail).toContain('OpenID Connect');
  await app.close();

  // Down only when the person comes back.
  const gone = await startProvider(CALLBACK);
  const between = await buildApp({
    ...world.apiOptions,
    oidc: { provider: gone.provider, roleClaim: 'role' },
  });
  const begun = await between.inject('/session/oidc');
  const back = await gone.signIn(String(begun.headers.location));
  await gone.close();
  const { name, value } = begun.cookies[0]!;
  const answer = await between.inject({
    url: `${back.pathname}${back.search}`,
    headers: { cookie: `${name}=${value}` },
  });
  expect(answer.statusCode).toBe(503);
  await between.close();
});

test('without a provider the sign-in route does not exist', async () => {
  const { oidc: _none, ...options } = world.apiOptions;
  const app = await buildApp(options);
  expect((await app.inject('/session/oidc')).statusCode).toBe(404);
  expect((await app.inject('/session')).json().ways).toEqual(['token']);
  await app.close();
});
