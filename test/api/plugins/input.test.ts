import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_RATE_LIMITS } from '../../../api/plugins/rate-limit.js';
import { type World, apiWorld, meet, tokenFor } from '../world.js';

let world: World;
let operator: string;
beforeAll(async () => {
  world = await apiWorld();
  operator = await tokenFor('operator');
  await meet(world, 'acc_1');
});
afterAll(() => world.close());

const json = { 'content-type': 'application/json' };

describe('invalid input is reported field by field', () => {
  test.each([
    ['GET', '/v2/check-migration-status', undefined, ['account_id']],
    ['GET', '/v2/check-migration-status?account_id=', undefined, ['account_id']],
    ['GET', '/v2/check-migration-status?account_id=a&account_id=b', undefined, ['account_id']],
    ['GET', '/v2/check-migration-status?account_id=a&verbose=1', undefined, ['verbose']],
    ['GET', `/v2/check-migration-status?account_id=${'x'.repeat(1_025)}`, undefined, ['account_id']],
    ['GET', '/v2/check-migration-status?account_id=a%00', undefined, ['account_id']],
    ['GET', '/v2/migrations?status=lost', undefined, ['status']],
    ['GET', '/v2/migrations?limit=0', undefined, ['limit']],
    ['GET', '/v2/migrations?limit=101', undefined, ['limit']],
    ['GET', '/v2/migrations?limit=5.5', undefined, ['limit']],
    ['GET', '/v2/migrations?limit=', undefined, ['limit']],
    ['GET', '/v2/migrations?cursor=abc', undefined, ['cursor']],
    ['GET', '/v2/audit?page=2', undefined, ['page']],
    ['GET', '/v2/accounts/acc_1?verbose=1', undefined, ['verbose']],
    ['GET', '/v2/migrations/acc_1?verbose=1', undefined, ['verbose']],
    ['GET', '/v2/migrations/acc_1/events?from=1', undefined, ['from']],
    ['POST', '/v2/start-migration?force=1', { account_id: 'acc_1' }, ['force']],
    ['GET', '/v2/audit?cursor=WyJ4Il0', undefined, ['cursor']],
    ['GET', '/v2/accounts/a%00', undefined, ['account_id']],
    ['POST', '/v2/start-migration', {}, ['account_id']],
    ['POST', '/v2/start-migration', { account_id: 5 }, ['account_id']],
    ['POST', '/v2/start-migration', { account_id: ['acc_1'] }, ['account_id']],
    ['POST', '/v2/start-migration', { account_id: '\ud800' }, ['account_id']],
    ['POST', '/v2/start-migration', { account_id: 'acc_1', force: true, 'a/b': 1 }, ['force', 'a/b']],
    ['POST', '/v2/migrations/acc_1/pause', { why: 'because' }, ['why']],
    ['POST', '/v2/migrations/acc_1/verify', 'null', ['']],
    ['POST', '/v2/migrations/acc_1/attachments/retry', 'null', ['']],
    ['POST', '/v2/migrations/acc_1/quarantine/retry', 'null', ['']],
    ['POST', '/v2/migrations/acc_1/quarantine/retry', { records: ['a\ud800'] }, ['records.0']],
    ['GET', '/v2/migrations/acc_1/quarantine/a%00', undefined, ['record']],
  ] as const)('%s %s', async (method, url, body, fields) => {
    const headers = typeof body === 'string' ? json : {};
    const answer = await world.call(method, url, { token: operator, headers, ...(body ? { body } : {}) });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ type: 'urn:carryover:problem:invalid-input', status: 400 });
    expect(answer.json().errors.map((error: { field: string }) => error.field)).toEqual(fields);
  });

  test.each(['{', '', 'null', '[]', '"acc_1"', '{"__proto__":{"account_id":"acc_1"}}'])(
    'the body %s of a start',
    async (body) => {
      const answer = await world.call('POST', '/v2/start-migration', {
        token: operator,
        body,
        headers: json,
      });
      expect(answer.statusCode).toBe(400);
      expect(answer.json().errors.length).toBeGreaterThan(0);
    },
  );
});

test('the answer does not repeat what was sent', async () => {
  const answer = await world.call('POST', '/v2/start-migration', {
    token: operator,
    body: { account_id: { secret: 'swordfish' }, token: 'swordfish' },
  });
  expect(answer.body).not.toContain('swordfish');
});

test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])(
  'a body of the type %s is refused',
  async (type) => {
    const headers = { 'content-type': type };
    const answer = await world.call('POST', '/v2/start-migration', { token: operator, body: 'a=b', headers });
    expect(answer.statusCode).toBe(415);
  },
);

test('a body of 64 KB is accepted, and one byte more is refused', async () => {
  const ofLength = (bytes: number) => `{"account_id":"${'x'.repeat(bytes - 17)}"}`;
  const send = (bytes: number) =>
    world.call('POST', '/v2/start-migration', { token: operator, body: ofLength(bytes), headers: json });
  expect((await send(65_536)).statusCode).toBe(400);
  expect((await send(65_537)).statusCode).toBe(413);
});

test('calls without a body accept none, an empty one or an empty object', async () => {
  await world.call('POST', '/v2/start-migration', { token: operator, body: { account_id: 'acc_1' } });
  for (const body of [undefined, '', '{}']) {
    const call = { token: operator, headers: json, ...(body === undefined ? {} : { body }) };
    expect((await world.call('POST', '/v2/migrations/acc_1/resume', call)).statusCode).toBe(202);
  }
});

test.each(['/', '/v1/accounts/acc_1', '/v2', '/V2/migrations'])(
  'there is nothing at %s, with and without a token',
  async (url) => {
    for (const headers of [{}, { authorization: `Bearer ${operator}` }]) {
      const answer = await world.app.inject({ url, headers });
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([
        404,
        'application/problem+json; charset=utf-8',
      ]);
    }
  },
);

test.each([
  ['DELETE', '/v2/accounts/acc_1', 'GET, HEAD'],
  ['GET', '/v2/start-migration', 'POST'],
  ['POST', '/v2/check-migration-status', 'GET, HEAD'],
  ['PUT', '/v2/migrations/acc_1/pause', 'POST'],
  ['GET', '/v2/porting-callbacks', 'POST'],
  ['HEAD', '/v2/migrations/acc_1/events', 'GET'],
  ['PATCH', '/healthz', 'GET, HEAD'],
  ['TRACE', '/healthz', 'GET, HEAD'],
  ['TRACE', '/v2/accounts/acc_1', 'GET, HEAD'],
  ['QUERY', '/v2/migrations/acc_1', 'GET, HEAD'],
] as const)('%s %s is not a method of that path', async (method, url, allow) => {
  const answer = await world.app.inject({ method, url, headers: { authorization: `Bearer ${operator}` } });
  expect([answer.statusCode, answer.headers.allow]).toEqual([405, allow]);
});

test('an invalid URL path is 400', async () => {
  const answer = await world.app.inject({
    url: '/v2/accounts/%zz',
    headers: { authorization: `Bearer ${operator}` },
  });
  expect([answer.statusCode, answer.json().type]).toEqual([400, 'urn:carryover:problem:invalid-input']);
});

test('answers have security headers and a request id, and do not identify the server', async () => {
  const { headers } = await world.call('GET', '/healthz');
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringContaining("default-src 'none'"),
    'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(headers['x-powered-by']).toBeUndefined();
  expect(headers.server).toBeUndefined();
});

test('a caller that sends too many requests gets Retry-After, and others are not affected', async () => {
  const limited = await apiWorld({
    rateLimits: { ...DEFAULT_RATE_LIMITS, statusPerSecond: { app: 3, others: 5 }, callsPerTenSeconds: 2 },
  });
  try {
    const service = await tokenFor('service');
    const ask = (token: string) =>
      limited.call('GET', '/v2/check-migration-status?account_id=acc_1', { token });
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(service)));
    const refused = answers.filter((answer) => answer.statusCode === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused[0]?.headers['content-type']).toContain('application/problem+json');
    expect((await ask(await tokenFor('app', 'acc_1'))).statusCode).toBe(404);
    expect((await limited.call('GET', '/v2/migrations', { token: operator })).statusCode).toBe(200);
    expect((await limited.call('GET', '/healthz')).statusCode).toBe(200);
  } finally {
    await limited.close();
  }
});

test('a request that is not HTTP is answered with a problem', async () => {
  await world.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = world.app.server.address() as AddressInfo;
  const answer = await new Promise<{ status: number | undefined; type: string | undefined }>(
    (resolve, reject) => {
      request({ port, path: '/healthz', headers: { 'x-long': 'x'.repeat(40_000) } }, (response) => {
        response.resume();
        resolve({ status: response.statusCode, type: response.headers['content-type'] });
      })
        .on('error', reject)
        .end();
    },
  );
  expect(answer).toEqual({ status: 431, type: 'application/problem+json' });
});
