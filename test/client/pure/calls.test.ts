import { describe, expect, test } from 'vitest';
import { createClient } from '../../../client/src/client.js';
import type { Fetch } from '../../../client/src/http.js';
import { nextTurn } from '../../support/next-turn.js';
import { VirtualClock } from '../../support/virtual-clock.js';

type Init = Parameters<Fetch>[1];
type Reply = { status: number; body?: unknown; headers?: Record<string, string> } | Error | 'never';

const STATUS = { status: 'migrating', brands: { br_1: 'migrating' }, channels: { ch_1: 'porting' } };
const problem = (status: number, detail: string) => ({
  status,
  body: { type: 'urn:carryover:problem:x', title: 'X', status, detail },
});

/** A client whose calls get these answers, in order. */
function scripted(...replies: Reply[]) {
  const clock = new VirtualClock();
  const sent: { url: string; init: Init }[] = [];
  const refused: (string | undefined)[] = [];
  const client = createClient({
    baseUrl: 'https://carryover.example//',
    clock,
    getToken: (old) => `token-${refused.push(old)}`,
    async fetch(url, init) {
      sent.push({ url, init });
      const reply = replies.shift()!;
      if (reply instanceof Error) throw reply;
      if (reply === 'never')
        return new Promise((_, reject) => {
          init.signal.addEventListener('abort', () => reject(new Error('aborted')));
        });
      const { status, body, headers = {} } = reply;
      const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
      return { status, headers: new Headers(headers), text: async () => text };
    },
  });
  return { client, clock, sent, refused };
}

describe('checkStatus', () => {
  test('sends the ETag of the last answer, and answers what it knows when nothing has changed', async () => {
    const { client, clock, sent } = scripted(
      { status: 200, body: STATUS, headers: { etag: '"1"', 'retry-after': '7' } },
      { status: 304, headers: { etag: '"1"', 'retry-after': '9' } },
    );
    const first = await client.checkStatus('acc/ä');
    expect(first).toEqual({ status: STATUS, etag: '"1"', retryAfterSeconds: 7, changed: true });
    expect(await client.checkStatus('acc/ä', { previous: first })).toEqual({
      ...first,
      retryAfterSeconds: 9,
      changed: false,
    });
    const url = 'https://carryover.example/v2/check-migration-status?account_id=acc%2F%C3%A4';
    expect(sent.map((each) => each.url)).toEqual([url, url]);
    expect(sent.map(({ init }) => init.headers)).toEqual([
      { authorization: 'Bearer token-1' },
      { authorization: 'Bearer token-2', 'if-none-match': '"1"' },
    ]);
    clock.assertIdle();
  });

  test('knows an equal answer without an ETag for unchanged', async () => {
    const { client, sent } = scripted(
      { status: 200, body: STATUS },
      { status: 200, body: STATUS },
      { status: 200, body: { ...STATUS, status: 'recent-messages-migrated' } },
    );
    const first = await client.checkStatus('acc_1');
    const second = await client.checkStatus('acc_1', { previous: first });
    const third = await client.checkStatus('acc_1', { previous: second });
    expect([first, second, third].map(({ changed }) => changed)).toEqual([true, false, true]);
    expect(sent.filter(({ init }) => 'if-none-match' in init.headers)).toEqual([]);
  });

  test.each([
    [undefined, 5],
    ['0', 1],
    ['Sun, 29 Nov 2026 10:00:00 GMT', 5],
    ['99999', 3_600],
  ])('takes Retry-After %s as %i seconds', async (header, seconds) => {
    const headers = header === undefined ? {} : { 'retry-after': header };
    const { client } = scripted({ status: 200, body: STATUS, headers });
    expect((await client.checkStatus('acc_1')).retryAfterSeconds).toBe(seconds);
  });
});

describe('startMigration', () => {
  test.each([200, 202])('sends the account and takes %i', async (status) => {
    const body = { account_id: 'acc_1', migration_status: 'migrating' };
    const { client, sent } = scripted({ status, body });
    expect(await client.startMigration('acc_1')).toEqual(body);
    expect(sent[0]).toMatchObject({
      url: 'https://carryover.example/v2/start-migration',
      init: {
        method: 'POST',
        body: '{"account_id":"acc_1"}',
        headers: { 'content-type': 'application/json' },
        credentials: 'omit',
      },
    });
  });
});

describe('A token', () => {
  const account = { account_id: 'acc_1', migration_status: 'pending', brands: [] };

  test('that is refused is asked for once more, with the refused one', async () => {
    const { client, sent, refused } = scripted(problem(401, 'The token has expired.'), {
      status: 200,
      body: account,
    });
    expect(await client.getAccount('acc_1')).toEqual(account);
    expect(refused).toEqual([undefined, 'token-1']);
    expect(sent.map(({ init }) => init.headers['authorization'])).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  test('that is refused again is an error', async () => {
    const { client, sent } = scripted(problem(401, 'No.'), problem(401, 'The token has expired.'));
    await expect(client.getAccount('acc_1')).rejects.toMatchObject({
      name: 'CarryoverError',
      code: 'unauthorized',
      status: 401,
      message: 'getAccount of account acc_1: the answer is 401: The token has expired.',
      isTransient: false,
    });
    expect(sent).toHaveLength(2);
  });

  test('that cannot be had is an error that may pass, and no call is made', async () => {
    const cause = new Error('offline');
    const client = createClient({
      baseUrl: 'https://carryover.example',
      getToken: () => Promise.reject(cause),
      fetch: () => Promise.reject(new Error('not expected')),
    });
    await expect(client.startMigration('acc_1')).rejects.toMatchObject({
      code: 'no-token',
      cause,
      isTransient: true,
    });
  });
});

describe('An answer', () => {
  test.each<[Reply, object]>([
    [problem(403, 'This role may not do that.'), { code: 'forbidden', isTransient: false }],
    [problem(404, 'There is no such account.'), { code: 'not-found', isTransient: false }],
    [problem(400, 'Invalid account_id.'), { code: 'refused', isTransient: false }],
    [
      { ...problem(429, 'Too many.'), headers: { 'retry-after': '3' } },
      { code: 'busy', retryAfterSeconds: 3 },
    ],
    [
      { ...problem(503, 'Later.'), headers: { 'retry-after': '4' } },
      { code: 'unavailable', retryAfterSeconds: 4 },
    ],
    [
      { status: 502, body: '<html>Bad gateway' },
      { code: 'unavailable', problem: undefined, isTransient: true },
    ],
    [{ status: 408 }, { code: 'unavailable' }],
    // The sign-in page of a public network.
    [
      { status: 200, body: '<html>Welcome' },
      { code: 'unexpected-answer', isTransient: true },
    ],
    [{ status: 200, body: { brands: null, status: 'x' } }, { code: 'unexpected-answer' }],
    [{ status: 200, body: null }, { code: 'unexpected-answer' }],
    [{ status: 204 }, { code: 'unexpected-answer' }],
    [{ status: 304 }, { code: 'unexpected-answer' }],
    [new TypeError('fetch failed'), { code: 'network', isTransient: true }],
  ])('%j is %j', async (reply, expected) => {
    const { client, clock } = scripted(reply);
    await expect(client.checkStatus('acc_1')).rejects.toMatchObject({
      operation: 'checkStatus',
      accountId: 'acc_1',
      ...expected,
    });
    clock.assertIdle();
  });

  test('that does not come in time is an error that may pass', async () => {
    const { client, clock } = scripted('never');
    const outcome = client.checkStatus('acc_1').catch((error: unknown) => error);
    await clock.advance(30_000);
    expect(await outcome).toMatchObject({ code: 'timeout', isTransient: true });
    expect(String(await outcome)).toBe(
      'CarryoverError: checkStatus of account acc_1: no answer within 30 s.',
    );
  });

  test('is not waited for after the caller aborts', async () => {
    const { client, clock } = scripted('never');
    const ending = new AbortController();
    const outcome = client.checkStatus('acc_1', { signal: ending.signal }).catch((error: unknown) => error);
    await nextTurn();
    const reason = new Error('left');
    ending.abort(reason);
    expect(await outcome).toBe(reason);
    clock.assertIdle();
  });
});
