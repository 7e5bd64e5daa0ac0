import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CarrierStatus, PortingState } from '../../../domain/porting.js';
import { inTransaction } from '../../../gateways/store/connect.js';
import { reopenEndedPorts } from '../../../gateways/store/portings.js';
import { callBack, callWorld, follow, provisionAll, serve, statusesOf } from './call-world.js';
import type { CallWorld } from './call-world.js';

let world: CallWorld;
let counter = 0;
let acc: string;
let lead: { accountId: string; channelId: string };
let number: string;
beforeAll(async () => {
  world = await callWorld();
});
afterAll(() => world.close());

/** An account with two brands; two channels of the first and one of the second share the number, one has none. */
async function newAccount(): Promise<void> {
  counter += 1;
  acc = `acc_${counter}`;
  number = `+1415556${String(counter).padStart(4, '0')}`;
  lead = { accountId: acc, channelId: `a_${counter}` };
  const shared = { phone_number: number, port_phone_number: true };
  serve(world, acc, {
    [`one_${counter}`]: [
      { channel_id: `a_${counter}`, ...shared },
      { channel_id: `b_${counter}`, type: 'voice', ...shared },
    ],
    [`two_${counter}`]: [
      { channel_id: `c_${counter}`, ...shared },
      { channel_id: `d_${counter}`, type: 'email' },
    ],
  });
  await provisionAll(world, acc);
}
beforeEach(newAccount);

const port = (): Promise<{
  status: string;
  reason: string | null;
  portOrderId: string | null;
  attempt: number;
}> => world.store.prisma.phonePorting.findFirstOrThrow({ where: { phoneNumber: number } });
const channels = async (): Promise<string[]> => Object.values((await statusesOf(world, acc)).channels);
const news = (status: CarrierStatus, second: number): PortingState => ({
  status,
  at: new Date(Date.UTC(2026, 6, 1, 0, 0, second)).toISOString(),
});
let said = 0;
const tell = async (
  item: PortingState,
  portOrderId = orders().at(-1) ?? 'none',
  reason: string | null = null,
) => {
  said += 1;
  const { status, at } = item as { status: CarrierStatus; at: string };
  const webhookId = `msg_${said}`;
  return callBack(world, lead, { webhookId, portOrderId, phoneNumber: number, status, at, reason });
};
const failing = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);
const orders = (): string[] =>
  [...world.carrier.orders.values()]
    .filter((order) => order.phone_number === number)
    .map((order) => order.port_order_id);

describe('Ordering a port', () => {
  test('makes one order, however often and by however many workers it is asked for', async () => {
    const states = await Promise.all([1, 2, 3].map(() => follow(world, lead)));
    expect(states.map(({ status }) => status)).toEqual(['submitted', 'submitted', 'submitted']);
    const asked = world.carrier.requests.order;
    expect(await follow(world, lead)).toMatchObject({ status: 'submitted' });
    expect(world.carrier.requests.order).toBe(asked);
    expect(orders()).toEqual([(await port()).portOrderId]);
    const order = world.carrier.orders.get(orders()[0] ?? '');
    expect(order).toMatchObject({
      account_id: acc,
      channel_id: lead.channelId,
      callback_url: 'http://127.0.0.1:9/v2/porting-callbacks',
    });
  });

  test('finds the order again whose answer was lost', async () => {
    world.carrier.setFault('order', { kind: 'cut-answer', times: 1 });
    expect(await failing(follow(world, lead))).toMatchObject({
      type: 'CarrierUnavailable',
      nonRetryable: false,
    });
    expect((await port()).portOrderId).toBeNull();
    expect(await follow(world, lead)).toMatchObject({ status: 'submitted' });
    expect(orders()).toHaveLength(1);
    expect((await port()).portOrderId).toBe(orders()[0]);
  });

  for (const [what, behaviour] of [
    ['refuses the number', { refuse: 'not portable' }],
    ['is porting it for somebody else', { alreadyPorting: 'not portable' }],
  ] as const) {
    test(`that the carrier ${what} fails the channels of the number alone, and is not asked for again`, async () => {
      world.carrier.setBehaviour(number, behaviour);
      expect(await follow(world, lead)).toMatchObject({ status: 'refused' });
      expect(await port()).toMatchObject({ status: 'refused', reason: 'not portable', portOrderId: null });
      expect(await statusesOf(world, acc)).toEqual({
        status: 'migrating',
        brands: { [`one_${counter}`]: 'migrating', [`two_${counter}`]: 'migrating' },
        channels: {
          [`a_${counter}`]: 'failure',
          [`b_${counter}`]: 'failure',
          [`c_${counter}`]: 'failure',
          [`d_${counter}`]: 'ready',
        },
      });
      const brand = await world.store.prisma.brand.findUniqueOrThrow({
        where: { sourceId: `two_${counter}` },
      });
      expect(brand.migration).toMatchObject({
        failedPorts: {
          [`c_${counter}`]: {
            type: 'CarrierRefused',
            message: expect.stringContaining(`c_${counter}`) as string,
          },
        },
      });

      const asked = world.carrier.requests.order;
      expect(await provisionAll(world, acc)).toEqual({ porting: [], failures: [] });
      expect(await follow(world, lead)).toMatchObject({ status: 'refused' });
      expect(world.carrier.requests.order).toBe(asked);
      expect((await statusesOf(world, acc)).status).toBe('migrating');
    });
  }

  test('that was refused is made again after an operator’s retry', async () => {
    world.carrier.setBehaviour(number, { refuse: 'papers missing' });
    await follow(world, lead);
    world.carrier.setBehaviour(number, {});
    expect(await inTransaction(world.store, (tx) => reopenEndedPorts(tx, acc))).toHaveLength(1);
    expect(await inTransaction(world.store, (tx) => reopenEndedPorts(tx, acc))).toEqual([]);
    expect(await channels()).toEqual(['porting', 'porting', 'porting', 'ready']);
    expect(await provisionAll(world, acc)).toEqual({ porting: [lead.channelId], failures: [] });
    expect(await follow(world, lead)).toMatchObject({ status: 'submitted' });
    expect(await port()).toMatchObject({ status: 'submitted', reason: null, attempt: 1 });
    const brand = await world.store.prisma.brand.findUniqueOrThrow({ where: { sourceId: `one_${counter}` } });
    expect(brand.migration).not.toHaveProperty('failedPorts');
  });

  test('that was cancelled gets an order of its own after a retry, not the cancelled one again', async () => {
    await follow(world, lead);
    const cancelled = orders()[0] ?? '';
    world.carrier.move(cancelled, 'cancelled');
    expect(await follow(world, lead)).toMatchObject({ status: 'cancelled' });
    await inTransaction(world.store, (tx) => reopenEndedPorts(tx, acc));
    await follow(world, lead);
    expect(orders()).toHaveLength(2);
    expect(await port()).toMatchObject({ status: 'submitted', portOrderId: orders()[1], attempt: 2 });
  });

  test('of a channel that leads no port is a failure that no repetition mends', async () => {
    for (const channelId of [`b_${counter}`, `d_${counter}`, 'nowhere']) {
      expect(await failing(follow(world, { accountId: acc, channelId }))).toMatchObject({
        type: 'ChannelImpossible',
        nonRetryable: true,
      });
    }
    expect(await failing(follow(world, { ...lead, accountId: 'acc_other' }))).toMatchObject({
      nonRetryable: true,
    });
  });

  test('is tried again when the carrier is busy, ill or takes no token, with the seconds it asks for', async () => {
    world.carrier.setFault('order', { kind: 'busy', retryAfterSeconds: 3, times: 1 });
    expect(await failing(follow(world, lead))).toMatchObject({
      type: 'CarrierThrottled',
      nextRetryDelay: 3_000,
      nonRetryable: false,
    });
    world.carrier.setFault('order', { kind: 'ill', status: 503, times: 1 });
    expect(await failing(follow(world, lead))).toMatchObject({
      type: 'CarrierUnavailable',
      nonRetryable: false,
    });
    world.carrier.setFault('order', { kind: 'ill', status: 401, times: 1 });
    expect(await failing(follow(world, lead))).toMatchObject({
      type: 'CarrierRejectsToken',
      nonRetryable: false,
    });
    expect(await channels()).toEqual(['porting', 'porting', 'porting', 'ready']);
  });
});

describe('Asking the carrier', () => {
  test('records what it says, the channels with it', async () => {
    await follow(world, lead);
    expect(await follow(world, lead)).toMatchObject({ status: 'submitted' });
    world.carrier.move(orders()[0] ?? '', 'exception', 'name differs');
    expect(await follow(world, lead)).toMatchObject({ status: 'exception' });
    expect(await port()).toMatchObject({ status: 'exception', reason: 'name differs' });
    expect(await channels()).toEqual(['failure', 'failure', 'failure', 'ready']);
    world.carrier.move(orders()[0] ?? '', 'complete');
    expect(await follow(world, lead)).toMatchObject({ status: 'complete' });
    expect(await port()).toMatchObject({ status: 'complete', reason: null });
    expect(await channels()).toEqual(['ready', 'ready', 'ready', 'ready']);
    expect((await statusesOf(world, acc)).status).toBe('migrating');
  });

  test('is done less and less often, up to once a day, and at first after the worker’s own time', async () => {
    world.carrier.setBehaviour(number, {});
    const waits = [await follow(world, lead, 5_000_000)];
    for (const soFar of [300, 900, 2_100, 1_000_000]) waits.push(await follow(world, lead, soFar * 1_000));
    expect(waits.map(({ askedInMs }) => (askedInMs ?? 0) / 1_000)).toEqual([300, 600, 1_200, 2_400, 86_400]);
  });

  test('is not done of a port that has ended', async () => {
    await follow(world, lead);
    await tell(news('complete', 1));
    const asked = world.carrier.requests.get;
    expect(await follow(world, lead)).toMatchObject({ status: 'complete' });
    expect(world.carrier.requests.get).toBe(asked);
  });

  test('about an order that it has forgotten changes nothing and is logged', async () => {
    await follow(world, lead);
    await world.store.pool.query(
      `UPDATE phone_portings SET port_order_id = 'po_gone' || id WHERE phone_number = $1`,
      [number],
    );
    expect(await follow(world, lead)).toMatchObject({ status: 'submitted' });
    expect(world.logged.at(-1)).toMatchObject({ channelId: lead.channelId });
    expect(JSON.stringify(world.logged)).not.toContain(number);
  });
});

describe('News of a port', () => {
  test('from a carrier whose clock is far behind ours counts all the same', async () => {
    await follow(world, lead);
    expect(await tell({ status: 'foc', at: '2001-01-01T00:00:00.000Z' })).toMatchObject({ status: 'foc' });
  });

  test('that comes late, twice or after the end changes nothing', async () => {
    await follow(world, lead);
    await tell(news('exception', 5));
    expect(await channels()).toEqual(['failure', 'failure', 'failure', 'ready']);
    await tell(news('foc', 3));
    expect(await port()).toMatchObject({ status: 'exception' });
    await tell(news('foc', 8));
    expect(await channels()).toEqual(['porting', 'porting', 'porting', 'ready']);
    const { version } = await world.store.prisma.statusDocument.findUniqueOrThrow({
      where: { accountSourceId: acc },
    });
    await tell(news('foc', 8));
    await tell(news('complete', 2));
    await tell(news('exception', 20));
    expect(await port()).toMatchObject({ status: 'complete' });
    expect(await channels()).toEqual(['ready', 'ready', 'ready', 'ready']);
    const after = await world.store.prisma.statusDocument.findUniqueOrThrow({
      where: { accountSourceId: acc },
    });
    expect(after.version).toBe(version + 1n);
  });

  test('brings the carrier’s words along', async () => {
    await follow(world, lead);
    await tell(news('exception', 5), orders()[0], 'address differs');
    expect(await port()).toMatchObject({ status: 'exception', reason: 'address differs' });
  });

  test('about an order that is not this one changes nothing', async () => {
    await follow(world, lead);
    expect(await tell(news('cancelled', 5), 'po_before_the_reset')).toBeUndefined();
    expect(await port()).toMatchObject({ status: 'submitted' });
    expect(await channels()).toEqual(['porting', 'porting', 'porting', 'ready']);
  });

  test('that overtakes the answer to the order is settled with it, also when that answer was lost at first', async () => {
    world.carrier.setFault('order', { kind: 'cut-answer', times: 1 });
    await failing(follow(world, lead));
    expect(await tell(news('exception', 5), orders()[0], 'address differs')).toBeUndefined();
    expect(await channels()).toEqual(['porting', 'porting', 'porting', 'ready']);
    expect(await follow(world, lead)).toMatchObject({ status: 'exception' });
    expect(await port()).toMatchObject({ status: 'exception', reason: 'address differs' });
    expect(await channels()).toEqual(['failure', 'failure', 'failure', 'ready']);
    expect(await tell(news('complete', 6), orders()[0])).toMatchObject({ status: 'complete' });
    expect(await channels()).toEqual(['ready', 'ready', 'ready', 'ready']);
    expect(orders()).toHaveLength(1);
  });

  test('settles into one state, whatever order it comes in', async () => {
    const items = fc
      .tuple(
        fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.constantFrom<CarrierStatus>('submitted', 'foc', 'exception'), {
          minLength: 4,
          maxLength: 4,
        }),
        fc.constantFrom<CarrierStatus | undefined>(undefined, 'complete', 'cancelled'),
      )
      .map(([seconds, words, end]) => [
        ...seconds.map((second, index) => news(words[index] ?? 'foc', second)),
        ...(end === undefined ? [] : [news(end, 60)]),
      ]);
    const twoOrders = items.chain((list) =>
      fc.tuple(
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
      ),
    );
    const outcome = async (list: readonly PortingState[]): Promise<unknown> => {
      await newAccount();
      await follow(world, lead);
      for (const item of list) await tell(item);
      return { port: (await port()).status, channels: await channels() };
    };
    await fc.assert(
      fc.asyncProperty(twoOrders, async ([one, other]) => {
        expect(await outcome(one)).toEqual(await outcome(other));
      }),
      { numRuns: 12 },
    );
  });
});
