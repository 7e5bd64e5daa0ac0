import { beforeEach, describe, expect, test } from 'vitest';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import { reopenEndedPorts } from '../../../../gateways/store/conversations/account/portings.js';
import { callWorld, follow, provisionAll, statusesOf } from './call-world.js';
import type { CallWorld } from './call-world.js';
import { news, PortedAccount } from './ported-account.js';
import { forThisFile } from '../../../support/for-this-file.js';

let world: CallWorld;
let account: PortedAccount;
forThisFile(callWorld, (opened) => (world = opened));
beforeEach(async () => {
  account = await PortedAccount.provision(world);
});

const failing = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

describe('Ordering a port', () => {
  test('places one order, however often and by however many workers it is requested', async () => {
    const states = await Promise.all([1, 2, 3].map(() => follow(world, account.lead)));
    expect(states.map(({ status }) => status)).toEqual(['submitted', 'submitted', 'submitted']);
    const asked = world.carrier.requests.order;
    expect(await follow(world, account.lead)).toMatchObject({ status: 'submitted' });
    expect(world.carrier.requests.order).toBe(asked);
    expect(account.orders()).toEqual([(await account.port()).portOrderId]);
    const order = world.carrier.orders.get(account.orders()[0] ?? '');
    expect(order).toMatchObject({
      account_id: account.accountId,
      channel_id: account.lead.channelId,
      callback_url: 'http://127.0.0.1:9/v2/porting-callbacks',
    });
  });

  test('has an account followed first that is to be followed again, and no other', async () => {
    const { accountId } = account;
    await follow(world, account.lead);
    const before = world.followed.length;
    await world.store.pool.query(
      `INSERT INTO carryover.followed_accounts (account_id, by, until) VALUES ($1, 'poll', now())`,
      [accountId],
    );
    await follow(world, account.lead);
    expect(world.followed).toHaveLength(before);
    await world.store.pool.query(
      'UPDATE carryover.followed_accounts SET again = true WHERE account_id = $1',
      [accountId],
    );
    await follow(world, account.lead);
    expect(world.followed.slice(before)).toEqual([
      { accountId, brandIds: [account.id('one'), account.id('two')] },
    ]);
  });

  test('finds an order whose answer was lost', async () => {
    world.carrier.setFault('order', { kind: 'cut-answer', times: 1 });
    expect(await failing(follow(world, account.lead))).toMatchObject({
      type: 'CarrierUnavailable',
      nonRetryable: false,
    });
    expect((await account.port()).portOrderId).toBeNull();
    expect(await follow(world, account.lead)).toMatchObject({ status: 'submitted' });
    expect(account.orders()).toHaveLength(1);
    expect((await account.port()).portOrderId).toBe(account.orders()[0]);
  });

  for (const [what, behaviour] of [
    ['refuses the number', { refuse: 'not portable' }],
    ['is porting it for somebody else', { alreadyPorting: 'not portable' }],
  ] as const) {
    test(`that the carrier ${what} fails the channels of the number alone, and is not asked for again`, async () => {
      world.carrier.setBehaviour(account.number, behaviour);
      expect(await follow(world, account.lead)).toMatchObject({ status: 'refused' });
      expect(await account.port()).toMatchObject({
        status: 'refused',
        reason: 'not portable',
        portOrderId: null,
      });
      expect(await statusesOf(world, account.accountId)).toEqual({
        status: 'migrating',
        brands: { [account.id('one')]: 'migrating', [account.id('two')]: 'migrating' },
        channels: {
          [account.id('a')]: 'failure',
          [account.id('b')]: 'failure',
          [account.id('c')]: 'failure',
          [account.id('d')]: 'ready',
        },
      });
      const brand = await world.store.prisma.brand.findUniqueOrThrow({
        where: { sourceId: account.id('two') },
      });
      expect(brand.migration).toMatchObject({
        failedPorts: {
          [account.id('c')]: {
            type: 'CarrierRefused',
            message: expect.stringContaining(account.id('c')) as string,
          },
        },
      });

      const asked = world.carrier.requests.order;
      expect(await provisionAll(world, account.accountId)).toEqual({ porting: [], failures: [] });
      expect(await follow(world, account.lead)).toMatchObject({ status: 'refused' });
      expect(world.carrier.requests.order).toBe(asked);
      expect((await statusesOf(world, account.accountId)).status).toBe('migrating');
    });
  }

  test('that was refused is placed again after an operator’s retry', async () => {
    world.carrier.setBehaviour(account.number, { refuse: 'papers missing' });
    await follow(world, account.lead);
    world.carrier.setBehaviour(account.number, {});
    expect(
      await transaction(world.store.control, 'test', (tx) => reopenEndedPorts(tx, account.accountId)),
    ).toHaveLength(1);
    expect(
      await transaction(world.store.control, 'test', (tx) => reopenEndedPorts(tx, account.accountId)),
    ).toEqual([]);
    expect(await account.channels()).toEqual(['porting', 'porting', 'porting', 'ready']);
    expect(await provisionAll(world, account.accountId)).toEqual({
      porting: [account.lead.channelId],
      failures: [],
    });
    expect(await follow(world, account.lead)).toMatchObject({ status: 'submitted' });
    expect(await account.port()).toMatchObject({ status: 'submitted', reason: null, attempt: 1 });
    const brand = await world.store.prisma.brand.findUniqueOrThrow({
      where: { sourceId: account.id('one') },
    });
    expect(brand.migration).not.toHaveProperty('failedPorts');
  });

  test('that was cancelled gets a new order after a retry', async () => {
    await follow(world, account.lead);
    const cancelled = account.orders()[0] ?? '';
    world.carrier.move(cancelled, 'cancelled');
    expect(await follow(world, account.lead)).toMatchObject({ status: 'cancelled' });
    await transaction(world.store.control, 'test', (tx) => reopenEndedPorts(tx, account.accountId));
    await follow(world, account.lead);
    expect(account.orders()).toHaveLength(2);
    expect(await account.port()).toMatchObject({
      status: 'submitted',
      portOrderId: account.orders()[1],
      attempt: 2,
    });
  });

  test('of a channel that leads no port fails for good', async () => {
    for (const channelId of [account.id('b'), account.id('d'), 'nowhere']) {
      expect(await failing(follow(world, { accountId: account.accountId, channelId }))).toMatchObject({
        type: 'ChannelImpossible',
        nonRetryable: true,
      });
    }
    expect(await failing(follow(world, { ...account.lead, accountId: 'acc_other' }))).toMatchObject({
      nonRetryable: true,
    });
  });

  test('is retried when the carrier is busy, fails or refuses the token, after the seconds it asks for', async () => {
    world.carrier.setFault('order', { kind: 'busy', retryAfterSeconds: 3, times: 1 });
    expect(await failing(follow(world, account.lead))).toMatchObject({
      type: 'CarrierThrottled',
      nextRetryDelay: 3_000,
      nonRetryable: false,
    });
    world.carrier.setFault('order', { kind: 'ill', status: 503, times: 1 });
    expect(await failing(follow(world, account.lead))).toMatchObject({
      type: 'CarrierUnavailable',
      nonRetryable: false,
    });
    world.carrier.setFault('order', { kind: 'ill', status: 401, times: 1 });
    expect(await failing(follow(world, account.lead))).toMatchObject({
      type: 'CarrierRejectsToken',
      nonRetryable: false,
    });
    expect(await account.channels()).toEqual(['porting', 'porting', 'porting', 'ready']);
  });
});

describe('Polling the carrier', () => {
  test('records the status of the port and its channels', async () => {
    await follow(world, account.lead);
    expect(await follow(world, account.lead)).toMatchObject({ status: 'submitted' });
    world.carrier.move(account.orders()[0] ?? '', 'exception', 'name differs');
    expect(await follow(world, account.lead)).toMatchObject({ status: 'exception' });
    expect(await account.port()).toMatchObject({ status: 'exception', reason: 'name differs' });
    expect(await account.channels()).toEqual(['failure', 'failure', 'failure', 'ready']);
    world.carrier.move(account.orders()[0] ?? '', 'complete');
    expect(await follow(world, account.lead)).toMatchObject({ status: 'complete' });
    expect(await account.port()).toMatchObject({ status: 'complete', reason: null });
    expect(await account.channels()).toEqual(['ready', 'ready', 'ready', 'ready']);
    expect((await statusesOf(world, account.accountId)).status).toBe('migrating');
  });

  test('happens at growing intervals, from the worker’s setting up to once a day', async () => {
    world.carrier.setBehaviour(account.number, {});
    const waits = [await follow(world, account.lead, 5_000_000)];
    for (const soFar of [300, 900, 2_100, 1_000_000])
      waits.push(await follow(world, account.lead, soFar * 1_000));
    expect(waits.map(({ askedInMs }) => (askedInMs ?? 0) / 1_000)).toEqual([300, 600, 1_200, 2_400, 86_400]);
  });

  test('does not happen for an ended port', async () => {
    await follow(world, account.lead);
    await account.tell(news('complete', 1));
    const asked = world.carrier.requests.get;
    expect(await follow(world, account.lead)).toMatchObject({ status: 'complete' });
    expect(world.carrier.requests.get).toBe(asked);
  });

  test('about an order that it does not know changes nothing and is logged', async () => {
    await follow(world, account.lead);
    await world.store.pool.query(
      `UPDATE phone_portings SET port_order_id = 'po_gone' || id WHERE phone_number = $1`,
      [account.number],
    );
    expect(await follow(world, account.lead)).toMatchObject({ status: 'submitted' });
    expect(world.logged.at(-1)).toMatchObject({ channelId: account.lead.channelId });
    expect(JSON.stringify(world.logged)).not.toContain(account.number);
  });
});
