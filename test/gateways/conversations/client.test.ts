import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { conversationsClient } from '../../../gateways/conversations/client.js';
import type { ConversationsClient } from '../../../gateways/conversations/client.js';
import { json, misbehavingServer, NO_ANSWERS } from '../http/misbehaving-server.js';
import type { MisbehavingServer } from '../http/misbehaving-server.js';

let server: MisbehavingServer;
let client: ConversationsClient;
/** For servers that do not answer. */
let impatient: ConversationsClient;
beforeEach(async () => {
  server = await misbehavingServer();
  const options = { baseUrl: `${server.url}/v1/`, token: 't0ken', maxBytes: 200_000 };
  client = conversationsClient(options);
  impatient = conversationsClient({ ...options, timeoutMs: 200 });
});
afterEach(async () => {
  await client.close();
  await impatient.close();
  await server.close();
});

const account = { account_id: 'acc_1', name: 'Lakeside', status: 'active' };
const payload = {
  account: {
    account_id: 'acc_1',
    name: 'Lakeside',
    email: 'o@l.example',
    locale: 'en-US',
    created_at: '2019-04-02T10:00:00.000Z',
  },
  brands: [
    {
      brand_id: 'br_1',
      name: 'L',
      website_url: null,
      channels: [{ channel_id: 'ch_1', type: 'sms', phone_number: null }],
    },
    {
      brand_id: 'br_2',
      name: 'L',
      channels: [{ channel_id: 'ch_2', type: 7, port_phone_number: 'perhaps' }],
    },
  ],
  messages: { kind: 'dynamodb' },
};
const failing = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

describe('The Conversations client', () => {
  test('sends the token and returns what the contract says, including invalid channels', async () => {
    server.answer = json(200, account);
    expect(await client.getAccount('acc_1')).toEqual(account);
    server.answer = json(200, payload);
    expect(await client.getMigrationPayload('acc_1')).toEqual(payload);
    expect(server.asked.map(({ path }) => path)).toEqual([
      '/v1/accounts/acc_1',
      '/v1/accounts/acc_1/migration-payload',
    ]);
    expect(server.asked[0]?.headers.authorization).toBe('Bearer t0ken');
  });

  test('encodes any account id as one segment of the path', async () => {
    server.answer = (response, { path }) =>
      json(200, { ...account, account_id: decodeURIComponent(path.split('/')[3] ?? '') })(
        response,
        server.asked[0]!,
      );
    for (const id of ['a/b', '../x', 'a?b=c#d', 'ä %2F', '100%', 'x'.repeat(500)]) {
      expect(await client.getAccount(id)).toMatchObject({ account_id: id });
    }
    const asked = server.asked.length;
    for (const id of ['', '.', '..']) expect(await client.getAccount(id)).toBeUndefined();
    expect(server.asked).toHaveLength(asked);
  });

  test('returns undefined for an unknown account', async () => {
    server.answer = json(404, { error: 'no such account' });
    expect(await client.getAccount('acc_1')).toBeUndefined();
    expect(await client.getMigrationPayload('acc_1')).toBeUndefined();
  });

  for (const [what, answer] of Object.entries(NO_ANSWERS)) {
    test(`calls the source unavailable when it ${what}`, async () => {
      server.answer = answer;
      expect(await failing(impatient.getMigrationPayload('acc_1'))).toMatchObject({
        name: 'CarryoverError',
        type: 'SourceUnavailable',
        message: expect.stringContaining('acc_1') as string,
      });
    });
  }

  test('calls the source unavailable when nothing listens', async () => {
    await server.close();
    expect(await failing(client.getAccount('acc_1'))).toMatchObject({
      type: 'SourceUnavailable',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
  });

  test('passes on the Retry-After of a busy source', async () => {
    server.answer = json(429, {}, { 'retry-after': '17' });
    expect(await failing(client.getAccount('acc_1'))).toMatchObject({
      type: 'SourceThrottled',
      options: { retryAfterSeconds: 17 },
    });
    server.answer = json(429, {});
    expect(await failing(client.getAccount('acc_1'))).toMatchObject({ type: 'SourceThrottled' });
  });

  test.each([401, 403])('calls %d a refusal of our token', async (status) => {
    server.answer = json(status, {});
    expect(await failing(client.getAccount('acc_1'))).toMatchObject({ type: 'SourceRefused' });
  });
});

describe('An invalid answer', () => {
  const brand = (brand_id: string, ...channel_ids: string[]): object => ({
    brand_id,
    name: 'secret name',
    channels: channel_ids.map((channel_id) => ({ channel_id, type: 'sms' })),
  });
  const impossible: [string, unknown, RegExp][] = [
    ['null', null, /it must be object/],
    ['a list', [], /it must be object/],
    ['without brands', { ...payload, brands: undefined }, /must have required properties brands/],
    [
      'with a nameless brand',
      { ...payload, brands: [{ brand_id: 'b', channels: [] }] },
      /\/brands\/0 must have required properties name/,
    ],
    ['with an empty brand id', { ...payload, brands: [brand('')] }, /\/brands\/0\/brand_id/],
    [
      'with a channel without id',
      { ...payload, brands: [{ ...brand('b'), channels: [{}] }] },
      /\/brands\/0\/channels\/0/,
    ],
    ['with another kind of messages', { ...payload, messages: { kind: 'tape' } }, /\/messages/],
    ['with one brand twice', { ...payload, brands: [brand('b'), brand('b')] }, /has brand b twice/],
    [
      'with one channel in two brands',
      { ...payload, brands: [brand('a', 'c'), brand('b', 'c')] },
      /has channel c twice/,
    ],
    [
      'with an id that cannot be stored',
      { ...payload, brands: [brand('a\u0000')] },
      /cannot be stored, at \/brands\/0/,
    ],
    [
      'for another account',
      { ...payload, account: { ...payload.account, account_id: 'acc_2' } },
      /another account's/,
    ],
  ];
  for (const [what, body, message] of impossible) {
    test(`${what} is reported with its path and without its contents`, async () => {
      server.answer = json(200, body);
      const error = await failing(client.getMigrationPayload('acc_1'));
      expect(error).toMatchObject({
        type: 'PayloadImpossible',
        message: expect.stringMatching(message) as string,
      });
      expect((error as Error).message).not.toMatch(/secret|acc_2|tape/);
    });
  }

  test('also for the account record', async () => {
    server.answer = json(200, { ...account, status: 'sleeping' });
    expect(await failing(client.getAccount('acc_1'))).toMatchObject({ type: 'PayloadImpossible' });
    server.answer = json(200, { ...account, account_id: 'acc_2' });
    expect(await failing(client.getAccount('acc_1'))).toMatchObject({ type: 'PayloadImpossible' });
  });
});
