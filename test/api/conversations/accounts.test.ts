import { afterAll, beforeAll, expect, test } from 'vitest';
import { type World, apiWorld, meet, tokenFor } from '../world.js';
import { payloadOf } from '../conversations-service.js';

let world: World;
let service: string;
beforeAll(async () => {
  world = await apiWorld();
  service = await tokenFor('service');
});
afterAll(() => world.close());

test('an unknown account is added from Conversations as pending', async () => {
  world.conversations.records.set('acc_1', { name: 'Lakeside Dental' });
  world.conversations.payloads.set('acc_1', payloadOf('acc_1'));
  const answer = await world.call('GET', '/v2/accounts/acc_1', { token: service });
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toEqual({
    account_id: 'acc_1',
    name: 'Lakeside Dental',
    status: 'inactive',
    migration_status: 'pending',
    brands: [
      {
        brand_id: 'br_1',
        name: 'Lakeside Dental',
        migration_status: 'pending',
        channels: [
          { channel_id: 'ch_1', type: 'sms', phone_number: '+15550001111', migration_status: 'pending' },
          { channel_id: 'ch_2', type: 'email', phone_number: null, migration_status: 'pending' },
        ],
      },
    ],
  });
});

test('Conversations is not asked again about a known account', async () => {
  await meet(world, 'acc_known', { brand: 'br_k', sms: 'ch_k1', email: 'ch_k2' });
  const asked = world.conversations.asked.length;
  world.conversations.trouble = { status: 500 };
  const answer = await world.call('GET', '/v2/accounts/acc_known', { token: service });
  world.conversations.trouble = undefined;
  expect(answer.statusCode).toBe(200);
  expect(world.conversations.asked).toHaveLength(asked);
});

test('an account that neither side knows is not found', async () => {
  const answer = await world.call('GET', '/v2/accounts/acc_nobody', { token: service });
  expect(answer.statusCode).toBe(404);
  expect(answer.headers['content-type']).toContain('application/problem+json');
});

test.each([
  [500, {}, '5'],
  [429, { 'retry-after': '7' }, '7'],
  [401, {}, '60'],
] as const)(
  'while Conversations answers %s, an unknown account is 503 with Retry-After',
  async (status, headers, seconds) => {
    world.conversations.trouble = { status, headers };
    const answer = await world.call('GET', '/v2/accounts/acc_unmet', { token: service });
    world.conversations.trouble = undefined;
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, seconds]);
  },
);

test('an account with an invalid payload is shown without brands', async () => {
  world.conversations.records.set('acc_odd', { name: 'Odd' });
  world.conversations.payloads.set('acc_odd', { account: { account_id: 'acc_odd' }, brands: 'none' });
  const answer = await world.call('GET', '/v2/accounts/acc_odd', { token: service });
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({ name: 'Odd', migration_status: 'pending', brands: [] });
});

test('Conversations is asked about an account without a status; if it has none, the account is shown unchanged', async () => {
  await world.store.prisma.account.create({ data: { sourceId: 'acc_native', name: 'Was here' } });
  const answer = await world.call('GET', '/v2/accounts/acc_native', { token: service });
  expect(answer.json()).toMatchObject({ name: 'Was here', status: 'inactive', migration_status: 'none' });
  expect(world.conversations.asked.filter((id) => id === 'acc_native')).toHaveLength(1);
});

test('ids with any characters are one segment of the path', async () => {
  const accountId = 'acc/ä 100%?#';
  world.conversations.records.set(accountId, { name: 'Strange' });
  const answer = await world.call('GET', `/v2/accounts/${encodeURIComponent(accountId)}`, { token: service });
  expect(answer.json()).toMatchObject({ account_id: accountId });
});

test('two concurrent first requests create one account', async () => {
  world.conversations.records.set('acc_twice', { name: 'Twice' });
  world.conversations.payloads.set(
    'acc_twice',
    payloadOf('acc_twice', { brand: 'br_t', sms: 'ch_t1', email: 'ch_t2' }),
  );
  const answers = await Promise.all(
    [1, 2, 3].map(() => world.call('GET', '/v2/accounts/acc_twice', { token: service })),
  );
  expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200, 200]);
  expect(await world.store.prisma.brand.count({ where: { account: { sourceId: 'acc_twice' } } })).toBe(1);
});
