import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { DEFAULT_RATE_LIMITS } from '../../../api/plugins/rate-limit.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { type World, apiWorld, meet, signed, tokenFor } from '../world.js';

const PATH = '/v2/check-migration-status';
const LIMIT = 5;
let world: World;
let url: string;
let clock: VirtualClock;
let tokens: Record<'own' | 'other' | 'service' | 'expired', string>;
/** How many requests reached a handler of Fastify. */
let handled = 0;
const count = () => void (handled += 1);

beforeAll(async () => {
  clock = new VirtualClock(new Date().toISOString());
  const rateLimits = { ...DEFAULT_RATE_LIMITS, statusPerSecond: { app: LIMIT, others: LIMIT } };
  world = await apiWorld({ clock, rateLimits });
  await vi.waitUntil(() => world.app.storeListener.up);
  url = await world.app.listen({ host: '127.0.0.1', port: 0 });
  await meet(world, 'acc_1');
  tokens = {
    own: await tokenFor('app', 'acc_1'),
    other: await tokenFor('app', 'acc_2'),
    service: await tokenFor('service'),
    expired: await signed({ sub: 'somebody', role: 'service' }, '-1s'),
  };
  subscribe('tracing:fastify.request.handler:start', count);
});
afterAll(async () => {
  unsubscribe('tracing:fastify.request.handler:start', count);
  await world.close();
});
/** Each test begins with callers and the account in memory, and a second of its own. */
beforeEach(async () => {
  await clock.advance(1_000);
  for (const token of [tokens.own, tokens.other, tokens.service]) await routed({ token });
  await clock.advance(1_000);
  handled = 0;
});

interface Poll {
  readonly token?: string;
  readonly query?: string;
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly headers?: Record<string, string>;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const headersOf = ({ token, headers }: Poll) => ({
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  ...headers,
});

/** Through the server, as callers come. */
async function asked(poll: Poll): Promise<Answer> {
  const { query = '?account_id=acc_1', method = 'GET' } = poll;
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${url}${PATH}${query}`, { method, headers: headersOf(poll), agent: false });
    sent.on('error', reject).on('response', (answer) => {
      text(answer).then(
        (body) => resolve({ status: answer.statusCode, headers: answer.headers, body }),
        reject,
      );
    });
    sent.end();
  });
}

/** Past the server, so that the route answers. */
async function routed(poll: Poll): Promise<Answer> {
  const { query = '?account_id=acc_1', method = 'GET' } = poll;
  const answer = await world.app.inject({ method, url: `${PATH}${query}`, headers: headersOf(poll) });
  return {
    status: answer.statusCode,
    headers: answer.headers as IncomingHttpHeaders,
    body: answer.body,
  };
}

const OF_CONNECTION = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

/** Without headers that differ from call to call or belong to the connection. */
function comparable({ status, headers, body }: Answer) {
  const own = Object.entries(headers).filter(([name]) => !OF_CONNECTION.has(name));
  const kept = Object.fromEntries(own) as IncomingHttpHeaders;
  return { status, headers: { ...kept, 'x-request-id': typeof kept['x-request-id'] }, body };
}

describe('A poll that is answered from memory', () => {
  test.each<[string, () => Poll | Promise<Poll>, number]>([
    ['of an app', () => ({ token: tokens.own }), 200],
    ['of a service', () => ({ token: tokens.service }), 200],
    [
      'with the current tag',
      async () => {
        const { headers } = await routed({ token: tokens.own });
        return { token: tokens.own, headers: { 'if-none-match': headers.etag! } };
      },
      304,
    ],
    ['with another tag', () => ({ token: tokens.own, headers: { 'if-none-match': '"1-x"' } }), 200],
  ])('%s is the same, byte for byte, as the route’s answer', async (_what, pollOf, status) => {
    const poll = await pollOf();
    handled = 0;
    const answer = await asked(poll);
    expect([answer.status, handled]).toEqual([status, 0]);
    expect(comparable(answer)).toEqual(comparable(await routed(poll)));
    expect(answer.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  });

  test('has the text of every script as UTF-8, and its length in bytes', async () => {
    const document = { status: 'migrating', brands: { 'br_Zürich 東京 🧁': 'migrating' }, channels: {} };
    await world.store.pool.query(
      `INSERT INTO carryover.status_documents (kind, subject, document, version, changed_at)
       VALUES ('conversations', 'acc_scripts', $1, 1, now())`,
      [JSON.stringify(document)],
    );
    const poll = { token: tokens.service, query: '?account_id=acc_scripts' };
    const first = await routed(poll);
    handled = 0;
    const answer = await asked(poll);
    expect([answer.status, handled, JSON.parse(answer.body)]).toEqual([200, 0, document]);
    expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(JSON.stringify(document))));
    expect(comparable(answer)).toEqual(comparable(first));
  });

  test('is counted in the metrics and among the polls of apps', async () => {
    const counted = async () => {
      const { body } = await world.app.inject('/metrics');
      return Number(
        new RegExp(
          `^carryover_http_request_duration_seconds_count.*${PATH}",status="200"} (\\d+)$`,
          'm',
        ).exec(body)?.[1],
      );
    };
    const note = vi.spyOn(world.app.appPolls, 'note');
    const before = await counted();
    await asked({ token: tokens.own });
    await asked({ token: tokens.service });
    expect((await counted()) - before).toBe(2);
    expect(note.mock.calls).toEqual([['acc_1']]);
    note.mockRestore();
  });
});

describe('The route answers', () => {
  test.each<[string, () => Poll, number]>([
    ['a caller without a token', () => ({}), 401],
    ['an expired token', () => ({ token: tokens.expired }), 401],
    ['a token that is not remembered', () => ({ token: `${tokens.own}x` }), 401],
    ['an app that asks for another account', () => ({ token: tokens.other }), 404],
    ['for an unknown account', () => ({ token: tokens.service, query: '?account_id=acc_never' }), 404],
    ['a poll without an account', () => ({ token: tokens.service, query: '' }), 400],
    ['a poll with more parameters', () => ({ token: tokens.own, query: '?account_id=acc_1&x=1' }), 400],
    [
      'a poll with two accounts',
      () => ({ token: tokens.own, query: '?account_id=acc_1&account_id=acc_1' }),
      400,
    ],
    ['an id that is encoded', () => ({ token: tokens.own, query: '?account_id=acc%5F1' }), 200],
    ['HEAD', () => ({ token: tokens.own, method: 'HEAD' }), 200],
    ['another method', () => ({ token: tokens.own, method: 'POST' }), 405],
  ])('%s', async (_what, pollOf, status) => {
    const poll = pollOf();
    const answer = await asked(poll);
    expect(answer.status).toBe(status);
    expect(comparable(answer)).toEqual(comparable(await routed(poll)));
  });

  test('calls beyond the limit of the second, of which both count', async () => {
    const statuses: (number | undefined)[] = [];
    for (let call = 0; call <= LIMIT + 1; call += 1)
      statuses.push((await (call % 2 === 0 ? asked : routed)({ token: tokens.own })).status);
    expect(statuses).toEqual([...Array.from({ length: LIMIT }, () => 200), 429, 429]);
    const refused = await asked({ token: tokens.own });
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    expect((await asked({ token: tokens.service })).status).toBe(200);
    await clock.advance(1_000);
    expect((await asked({ token: tokens.own })).status).toBe(200);
  });

  test('once a token has expired', async () => {
    const brief = await tokenFor('app', 'acc_1', '120s');
    await asked({ token: brief });
    handled = 0;
    expect([(await asked({ token: brief })).status, handled]).toEqual([200, 0]);
    await clock.advance(125_000);
    expect((await asked({ token: brief })).status).toBe(401);
  });
});
