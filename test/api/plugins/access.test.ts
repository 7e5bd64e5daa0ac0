import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTokenVerifier } from '../../../api/tokens.js';
import { SECRET, type World, apiWorld, meet, signed, tokenFor } from '../world.js';
import { ROLES, type Role } from '../../../api/roles.js';
import { systemClock } from '../../../gateways/clock.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let world: World;
beforeAll(async () => {
  world = await apiWorld();
  await meet(world, 'acc_1');
});
afterAll(() => world.close());

const CALLS = [
  ['GET', '/v2/accounts/acc_1', undefined, 'everybody', 200],
  ['GET', '/v2/check-migration-status?account_id=acc_1', undefined, 'everybody', 200],
  ['POST', '/v2/start-migration', { account_id: 'acc_1' }, 'everybody', 202],
  ['GET', '/v2/migrations', undefined, 'operators', 200],
  ['GET', '/v2/migrations/acc_1', undefined, 'operators', 200],
  ['POST', '/v2/migrations/acc_1/pause', undefined, 'operators', 202],
  ['POST', '/v2/migrations/acc_1/finish', undefined, 'operators', 409],
  ['POST', '/v2/migrations/acc_1/resume', undefined, 'operators', 202],
  ['POST', '/v2/migrations/acc_1/retry', undefined, 'operators', 202],
  ['POST', '/v2/migrations/acc_1/cancel', undefined, 'operators', 202],
  ['GET', '/v2/audit', undefined, 'operators', 200],
  ['GET', '/v2/audit?account_id=acc_1', undefined, 'operators', 200],
] as const;

describe.each(ROLES)('the role %s', (role: Role) => {
  test.each(CALLS)('%s %s', async (method, url, body, who, status) => {
    const token = await tokenFor(role, role === 'app' ? 'acc_1' : undefined);
    const answer = await world.call(method, url, { token, ...(body ? { body } : {}) });
    const may = who === 'everybody' || role === 'operator' || role === 'admin';
    expect(answer.statusCode).toBe(may ? status : 403);
    if (!may) {
      expect(answer.json().detail).toBe(
        `The role ${role} may not do that. Use a token with the role operator or admin.`,
      );
    }
  });
});

test.each(CALLS)('%s %s without a token is refused before anything else', async (method, url) => {
  const answer = await world.call(method, url, {
    headers: { 'content-type': 'text/plain' },
    ...(method === 'POST' ? { body: '{' } : {}),
  });
  expect(answer.statusCode).toBe(401);
  expect(answer.headers['www-authenticate']).toContain('Bearer');
  expect(answer.json()).toMatchObject({ status: 401, type: 'urn:carryover:problem:unauthorized' });
});

test.each(CALLS.slice(0, 3))(
  'for an app token another account does not exist: %s %s',
  async (method, url, body) => {
    const token = await tokenFor('app', 'acc_other');
    const answer = await world.call(method, url, { token, ...(body ? { body } : {}) });
    const nobody = await world.call(method, url.replace('acc_1', 'acc_nobody'), {
      token,
      ...(body ? { body: { account_id: 'acc_nobody' } } : {}),
    });
    expect(answer.statusCode).toBe(404);
    expect(answer.body).toBe(nobody.body);
  },
);

const claims = { sub: 'somebody', role: 'operator' };
const BAD_TOKENS: Record<string, () => Promise<string> | string> = {
  'no exp': () => signed(claims),
  expired: () => signed(claims, '-1s'),
  'another secret': () => signed(claims, '1h', 'another secret altogether'),
  'no sub': () => signed({ role: 'operator' }, '1h'),
  'no role': () => signed({ sub: 'somebody' }, '1h'),
  'an unknown role': () => signed({ ...claims, role: 'root' }, '1h'),
  'an app without an account': () => signed({ ...claims, role: 'app' }, '1h'),
  'an app with an account that is no text': () => signed({ ...claims, role: 'app', account_id: 7 }, '1h'),
  'not yet valid': () => signed({ ...claims, nbf: 4_000_000_000 }, '1h'),
  unsigned: async () => `${(await signed(claims, '1h')).split('.').slice(0, 2).join('.')}.`,
  'the algorithm none': () =>
    [{ alg: 'none' }, { ...claims, exp: 4_000_000_000 }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.') + '.',
  rubbish: () => 'rubbish',
};

test.each(Object.keys(BAD_TOKENS))('a token with %s is refused', async (which) => {
  const answer = await world.call('GET', '/v2/migrations', { token: await BAD_TOKENS[which]!() });
  expect(answer.statusCode).toBe(401);
  expect(answer.headers['www-authenticate']).toContain('invalid_token');
});

test('a verified token is refused once it has expired', async () => {
  const clock = new VirtualClock();
  const timed = await apiWorld({ clock });
  try {
    const token = await signed({ ...claims, exp: clock.now() / 1_000 + 2 });
    const ask = async () => (await timed.call('GET', '/v2/migrations', { token })).statusCode;
    expect(await ask()).toBe(200);
    await clock.advance(1_999);
    expect(await ask()).toBe(200);
    await clock.advance(1);
    expect(await ask()).toBe(401);
  } finally {
    await timed.close();
  }
});

test('tokens are cached by hash, so that memory holds no usable token', async () => {
  const memory = new Map<string, never>();
  const token = await signed(claims, '1h');
  const { verify, remembered } = createTokenVerifier({ secret: SECRET }, systemClock, memory);
  const caller = await verify(`Bearer ${token}`);
  expect(remembered(`Bearer ${token}`)).toBe(caller);
  const kept = JSON.stringify([...memory]);
  expect(memory.size).toBe(1);
  for (const part of token.split('.')) expect(kept).not.toContain(part);
});

test('issuer and audience must be the configured ones', async () => {
  const { verify } = createTokenVerifier(
    { secret: 'short', issuer: 'us', audience: 'carryover' },
    systemClock,
  );
  const good = await signed({ ...claims, iss: 'us', aud: ['carryover'] }, '1h', 'short');
  await expect(verify(`Bearer ${good}`)).resolves.toMatchObject({ subject: 'somebody', role: 'operator' });
  for (const wrong of [{ iss: 'them', aud: 'carryover' }, { iss: 'us' }, { aud: 'carryover' }]) {
    await expect(
      verify(`Bearer ${await signed({ ...claims, ...wrong }, '1h', 'short')}`),
    ).rejects.toMatchObject({ status: 401 });
  }
});

test.each(['RS256', 'ES256', 'EdDSA'])(
  '%s tokens are checked with the keys at AUTH_JWKS_URL',
  async (alg) => {
    const pair = await generateKeyPair(alg, { extractable: true });
    const key = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg };
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [key] }));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    const { verify } = createTokenVerifier({ jwksUrl }, systemClock);
    const sign = (kid: string) =>
      new SignJWT(claims).setProtectedHeader({ alg, kid }).setExpirationTime('1h').sign(pair.privateKey);
    await expect(verify(`Bearer ${await sign('k1')}`)).resolves.toMatchObject({ role: 'operator' });
    await expect(verify(`Bearer ${await sign('k1')}`)).resolves.toMatchObject({ role: 'operator' });
    await expect(verify(`Bearer ${await sign('k2')}`)).rejects.toMatchObject({ status: 401 });
    // A secret is no key there, also not the public key's text.
    await expect(verify(`Bearer ${await signed(claims, '1h', JSON.stringify(key))}`)).rejects.toMatchObject({
      status: 401,
    });
    expect(asked).toBe(1);
    server.close();
  },
);

test('while the issuer cannot be reached, tokens are answered with 503', async () => {
  const { verify } = createTokenVerifier({ jwksUrl: 'http://127.0.0.1:1/keys' }, systemClock);
  const { privateKey } = await generateKeyPair('ES256');
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256' })
    .setExpirationTime('1h')
    .sign(privateKey);
  await expect(verify(`Bearer ${token}`)).rejects.toMatchObject({ status: 503 });
});

test.each(['Basic abc', 'Bearer', 'Bearer a b', ''])('the header "%s" is no token', async (authorization) => {
  const answer = await world.call('GET', '/v2/migrations', { headers: { authorization } });
  expect(answer.statusCode).toBe(401);
});
