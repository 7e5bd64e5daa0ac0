import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type World, apiWorld, meet, tokenFor } from '../world.js';

const LISTED = ['https://app.example', 'http://localhost:8080'] as const;
const OTHERS = ['https://evil.example', 'https://app.example.evil.example', 'http://app.example', 'null'];
const POLL = '/v2/check-migration-status?account_id=acc_1';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An API that listens, so that polls are answered from memory, with a caller and an account that it remembers. */
async function listening(corsOrigins?: readonly string[]) {
  const world: World = await apiWorld(corsOrigins === undefined ? {} : { corsOrigins });
  await vi.waitUntil(() => world.app.storeListener.up);
  const url = await world.app.listen({ host: '127.0.0.1', port: 0 });
  await meet(world, 'acc_1');
  const authorization = `Bearer ${await tokenFor('app', 'acc_1')}`;
  const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const sent = httpRequest(`${url}${path}`, { method, headers, agent: false });
      sent.on('error', reject).on('response', (answer) => {
        text(answer).then(
          (body) => resolve({ status: answer.statusCode, headers: answer.headers, body }),
          reject,
        );
      });
      sent.end();
    });
  const preflight = (path: string, origin: string, method = 'GET') =>
    ask('OPTIONS', path, {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,content-type,if-none-match',
    });
  const poll = (headers: Record<string, string> = {}) => ask('GET', POLL, { authorization, ...headers });
  await poll();
  return { world, ask, poll, preflight, authorization };
}

type Listening = Awaited<ReturnType<typeof listening>>;

const accessHeaders = ({ headers }: Answer) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));

describe('With CORS_ORIGINS', () => {
  let api: Listening;
  beforeAll(async () => {
    api = await listening(LISTED);
  });
  afterAll(() => api.world.close());

  test.each(LISTED)('a page of %s learns without a token what it may call', async (origin) => {
    for (const [path, method] of [
      [POLL, 'GET'],
      ['/v2/accounts/acc_1', 'GET'],
      ['/v2/start-migration', 'POST'],
    ] as const) {
      const answer = await api.preflight(path, origin, method);
      expect([answer.status, answer.body]).toEqual([204, '']);
      expect(accessHeaders(answer)).toEqual({
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'GET, HEAD, POST',
        'access-control-allow-headers': 'Authorization, Content-Type, If-None-Match',
        'access-control-expose-headers': 'ETag, Retry-After',
        'access-control-max-age': '7200',
      });
    }
  });

  test.each(LISTED)('a page of %s may read answers, refusals and their headers', async (origin) => {
    const allowed = {
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'ETag, Retry-After',
    };
    const { authorization } = api;
    const answers = [
      await api.ask('GET', '/v2/accounts/acc_1', { origin, authorization }),
      await api.ask('GET', '/v2/accounts/acc_1', { origin }),
      await api.ask('GET', '/v2/accounts/acc_2', { origin, authorization }),
      await api.ask('GET', POLL, { origin }),
      await api.ask('GET', '/v2/nowhere', { origin }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 404, 401, 404]);
    for (const answer of answers) expect(accessHeaders(answer)).toEqual(allowed);
  });

  test('polls carry the headers too, from memory and from the route', async () => {
    const [origin] = LISTED;
    const { etag } = (await api.poll()).headers;
    const routed = await api.world.app.inject({
      url: POLL,
      headers: { origin, authorization: api.authorization },
    });
    const answers: [number | undefined, IncomingHttpHeaders][] = [
      [routed.statusCode, routed.headers as IncomingHttpHeaders],
    ];
    for (const headers of [{ origin }, { origin, 'if-none-match': etag! }]) {
      const answer = await api.poll(headers);
      answers.push([answer.status, answer.headers]);
    }
    expect(answers.map(([status]) => status)).toEqual([200, 200, 304]);
    for (const [, headers] of answers) {
      expect(headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-expose-headers': 'ETag, Retry-After',
        vary: 'authorization, Origin',
        etag,
        'retry-after': expect.any(String),
      });
    }
  });

  test.each(OTHERS)('a page of %s gets no permission', async (origin) => {
    const { authorization } = api;
    const answers = [
      await api.preflight(POLL, origin),
      await api.poll({ origin }),
      await api.ask('GET', '/v2/accounts/acc_1', { origin, authorization }),
    ];
    for (const { headers } of answers) {
      expect(headers).not.toHaveProperty('access-control-allow-origin');
      expect(headers['vary']).toMatch(/origin/i);
    }
  });

  test('no answer lets a page send cookies', async () => {
    const [origin] = LISTED;
    for (const answer of [await api.preflight(POLL, origin), await api.poll({ origin })])
      expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
  });

  test('only /v2 is open to pages', async () => {
    const [origin] = LISTED;
    for (const path of ['/healthz', '/readyz', '/metrics', '/openapi.json', '/codec/decode', '/nowhere']) {
      const [asked, learnt] = [await api.ask('GET', path, { origin }), await api.preflight(path, origin)];
      expect([accessHeaders(asked), accessHeaders(learnt)]).toEqual([{}, {}]);
    }
  });

  test('an OPTIONS request that is no preflight is refused as before', async () => {
    const answer = await api.ask('OPTIONS', POLL);
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD']);
    expect((await api.ask('GET', '/nowhere')).status).toBe(404);
    expect((await api.ask('POST', '/nowhere')).status).toBe(404);
  });
});

describe('Without CORS_ORIGINS', () => {
  let api: Listening;
  beforeAll(async () => {
    api = await listening();
  });
  afterAll(() => api.world.close());

  test('no answer differs for a caller with an origin', async () => {
    const OWN = new Set(['x-request-id', 'date', 'connection', 'keep-alive', 'transfer-encoding']);
    const comparable = ({ status, headers, body }: Answer) => ({
      status,
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN.has(name))),
      body,
    });
    const { authorization } = api;
    const calls = [
      ['GET', POLL],
      ['GET', '/v2/accounts/acc_1'],
      ['GET', '/v2/accounts/acc_2'],
      ['GET', '/v2/nowhere'],
      ['OPTIONS', POLL],
      ['OPTIONS', '/v2/start-migration'],
      ['OPTIONS', '/v2/nowhere'],
      ['GET', '/healthz'],
    ] as const;
    let compared = 0;
    for (const [method, path] of calls) {
      const plain = comparable(await api.ask(method, path, { authorization }));
      for (const origin of [...LISTED, ...OTHERS]) {
        const asked = await api.ask(method, path, {
          authorization,
          origin,
          'access-control-request-method': 'GET',
        });
        expect(comparable(asked)).toEqual(plain);
        expect(accessHeaders(asked)).toEqual({});
        compared += 1;
      }
    }
    expect(compared).toBe(calls.length * (LISTED.length + OTHERS.length));
    expect((await api.poll()).headers['vary']).toBe('authorization');
    expect((await api.ask('OPTIONS', POLL)).status).toBe(405);
  });

  test('the plugin is not even registered', async () => {
    const isRegistered = ({ app }: World) => app.hasPlugin('@fastify/cors');
    expect(isRegistered(api.world)).toBe(false);
    const on = await apiWorld({ corsOrigins: LISTED });
    expect(isRegistered(on)).toBe(true);
    await on.close();
  });
});
