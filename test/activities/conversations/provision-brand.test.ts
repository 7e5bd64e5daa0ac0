import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction } from '../../../gateways/store/connect.js';
import * as statuses from '../../../gateways/store/statuses.js';
import { callWorld, follow, provisionAll, rowsOf, serve, statusesOf } from './call-world.js';
import type { CallWorld, ChannelWish } from './call-world.js';

let world: CallWorld;
let counter = 0;
let acc: string;
let brand: string;
beforeAll(async () => {
  world = await callWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  counter += 1;
  [acc, brand] = [`acc_${counter}`, `br_${counter}`];
});

/** A number that no other test uses. */
let line = 0;
const newNumber = (): string => `+1415555${String((line += 1)).padStart(4, '0')}`;
const id = (name: string): string => `${name}_${counter}`;
const channelRow = (
  name: string,
): Promise<{ phoneNumber: string | null; type: string; migration: unknown }> =>
  world.store.prisma.channel.findUniqueOrThrow({ where: { sourceId: id(name) } });
const portsOf = async (): Promise<{ phone_number: string; leader: string; status: string }[]> => {
  const { rows } = await world.store.pool.query<{ phone_number: string; leader: string; status: string }>(
    `SELECT p.phone_number, c.source_id AS leader, p.status FROM phone_portings p JOIN channels c ON c.id = p.channel_id
     JOIN accounts a ON a.id = p.account_id WHERE a.source_id = $1 ORDER BY p.id`,
    [acc],
  );
  return rows;
};

describe('Provisioning a brand', () => {
  test('makes channels without a number to port ready, and the others porting with one port a number', async () => {
    const number = newNumber();
    serve(world, acc, {
      [brand]: [
        { channel_id: id('mail'), type: 'email', phone_number: null, port_phone_number: false },
        { channel_id: id('sms'), phone_number: number, port_phone_number: true },
        { channel_id: id('voice'), type: 'voice', phone_number: number, port_phone_number: true },
        { channel_id: id('kept'), type: 'voice', phone_number: newNumber(), port_phone_number: false },
      ],
    });
    expect(await provisionAll(world, acc)).toEqual({ porting: [id('sms')], failures: [] });
    expect(await statusesOf(world, acc)).toEqual({
      status: 'migrating',
      brands: { [brand]: 'migrating' },
      channels: {
        [id('mail')]: 'ready',
        [id('sms')]: 'porting',
        [id('voice')]: 'porting',
        [id('kept')]: 'ready',
      },
    });
    expect(await portsOf()).toEqual([{ phone_number: number, leader: id('sms'), status: 'pending' }]);
  });

  test('makes E.164 numbers of what is written nationally, by the region of the locale', async () => {
    serve(
      world,
      acc,
      {
        [brand]: [
          { channel_id: id('national'), phone_number: '030 1234567' },
          { channel_id: id('spaced'), phone_number: ' +1 (415) 555-0000 ' },
        ],
      },
      { account: { locale: 'de-DE' } },
    );
    expect(await provisionAll(world, acc)).toMatchObject({ failures: [] });
    expect((await channelRow('national')).phoneNumber).toBe('+49301234567');
    expect((await channelRow('spaced')).phoneNumber).toBe('+14155550000');
  });

  test('done twice, or by two workers at once, makes the same rows', async () => {
    const number = newNumber();
    serve(world, acc, {
      [brand]: [
        { channel_id: id('a'), phone_number: number, port_phone_number: true },
        { channel_id: id('b'), type: 'voice', phone_number: number, port_phone_number: true },
        { channel_id: id('c'), type: 'email' },
      ],
    });
    await world.calls.prepareAccount({ accountId: acc });
    const input = { accountId: acc, brandId: brand };
    const results = await Promise.all([1, 2, 3].map(() => world.calls.provisionBrand(input)));
    for (const result of results) expect(result).toEqual(results[0]);
    const rows = await rowsOf(world);
    await world.calls.prepareAccount({ accountId: acc });
    await world.calls.provisionBrand(input);
    expect(await rowsOf(world)).toEqual(rows);
  });

  test('completes a brand that an earlier attempt left half made', async () => {
    const number = newNumber();
    serve(world, acc, {
      [brand]: [
        { channel_id: id('a'), phone_number: number, port_phone_number: true },
        { channel_id: id('b'), type: 'email' },
      ],
    });
    await world.calls.prepareAccount({ accountId: acc });
    const { id: brandRow } = await world.store.prisma.brand.findUniqueOrThrow({ where: { sourceId: brand } });
    await world.store.prisma.channel.create({ data: { brandId: brandRow, sourceId: id('a'), type: 'sms' } });
    const provision = await world.calls.provisionBrand({ accountId: acc, brandId: brand });
    expect(provision).toEqual({ portingChannelIds: [id('a')], failures: [] });
    expect((await statusesOf(world, acc)).channels).toEqual({ [id('a')]: 'porting', [id('b')]: 'ready' });
  });

  test('asks Conversations no more often than preparing did, however many brands there are', async () => {
    serve(world, acc, { [`${brand}a`]: [], [`${brand}b`]: [], [`${brand}c`]: [] });
    const before = world.conversations.requests.payload;
    await provisionAll(world, acc);
    expect(world.conversations.requests.payload - before).toBe(1);
  });
});

describe('A channel that cannot be made', () => {
  const mistakes: [string, ChannelWish, RegExp][] = [
    [
      'of a type that nobody knows',
      { channel_id: 'bad', type: 'fax' },
      /type "fax" that is none of sms, voice/,
    ],
    [
      'whose type may be anybody’s data',
      { channel_id: 'bad', type: '+1 415 555 0000' },
      /has a type that is none of/,
    ],
    ['without a type', { channel_id: 'bad', type: null }, /has a type that is none of/],
    [
      'with a number that is none',
      { channel_id: 'bad', phone_number: '555-CALL-NOW!' },
      /no possible phone number/,
    ],
    [
      'with a number that is too short',
      { channel_id: 'bad', phone_number: '+1415' },
      /no possible phone number/,
    ],
    [
      'with a number of another JSON type',
      { channel_id: 'bad', phone_number: 14155550000 },
      /no possible phone number/,
    ],
    [
      'that is to be ported without a number',
      { channel_id: 'bad', phone_number: null, port_phone_number: true },
      /has none/,
    ],
    [
      'that does not say whether to port',
      { channel_id: 'bad', port_phone_number: 'yes' },
      /does not say whether/,
    ],
  ];
  for (const [what, wish, message] of mistakes) {
    test(`${what} fails by name; the other channels are made`, async () => {
      serve(world, acc, {
        [brand]: [
          { channel_id: id('good'), type: 'email' },
          { ...wish, channel_id: id('bad') },
          { channel_id: id('late'), type: 'chat' },
        ],
        [`${brand}-other`]: [{ channel_id: id('other'), type: 'email' }],
      });
      const { failures } = await provisionAll(world, acc);
      expect(failures).toEqual([expect.stringMatching(message)]);
      expect(failures[0]).toContain(id('bad'));
      expect(failures[0]).not.toMatch(/415|CALL/);
      expect(await statusesOf(world, acc)).toEqual({
        status: 'brand-failure',
        brands: { [brand]: 'channel-failure', [`${brand}-other`]: 'migrating' },
        channels: {
          [id('good')]: 'ready',
          [id('bad')]: 'failure',
          [id('late')]: 'ready',
          [id('other')]: 'ready',
        },
      });
      const row = await channelRow('bad');
      expect(row.phoneNumber).toBeNull();
      expect(row.migration).toMatchObject({ failure: { type: 'ChannelImpossible', times: 1 } });
    });
  }

  test('whose id no store can hold fails without a row of a changed id', async () => {
    serve(world, acc, {
      [brand]: [{ channel_id: `nul\u0000${counter}` }, { channel_id: id('good'), type: 'email' }],
    });
    const { failures } = await provisionAll(world, acc);
    expect(failures).toEqual([expect.stringMatching(/an id that cannot be stored/)]);
    expect(await statusesOf(world, acc)).toMatchObject({
      brands: { [brand]: 'channel-failure' },
      channels: { [id('good')]: 'ready' },
    });
    expect(await world.store.prisma.channel.count({ where: { brand: { sourceId: brand } } })).toBe(1);
  });

  test('since its id is a channel of another brand leaves that channel alone', async () => {
    serve(world, `${acc}-first`, {
      [`${brand}-first`]: [{ channel_id: id('c'), type: 'email', name: 'First' }],
    });
    await provisionAll(world, `${acc}-first`);
    serve(world, acc, {
      [brand]: [{ channel_id: id('c'), type: 'sms', name: 'Second', phone_number: newNumber() }],
    });
    const { failures } = await provisionAll(world, acc);
    expect(failures).toEqual([expect.stringMatching(/a channel of another brand here/)]);
    expect(await channelRow('c')).toMatchObject({ type: 'email', name: 'First', phoneNumber: null });
    expect((await statusesOf(world, `${acc}-first`)).status).toBe('migrating');
  });

  test('is made by the next start once it was corrected, and only then forgotten', async () => {
    serve(world, acc, { [brand]: [{ channel_id: id('c'), type: 'fax' }] });
    await provisionAll(world, acc);
    await inTransaction(world.store, (tx) => statuses.beginStart(tx, acc, 'app'));
    expect((await statusesOf(world, acc)).status).toBe('migrating');
    await provisionAll(world, acc);
    expect((await channelRow('c')).migration).toMatchObject({ status: 'failure', failure: { times: 2 } });
    serve(world, acc, { [brand]: [{ channel_id: id('c'), type: 'sms' }] });
    await inTransaction(world.store, (tx) => statuses.beginStart(tx, acc, 'app'));
    expect(await provisionAll(world, acc)).toEqual({ porting: [], failures: [] });
    expect(await statusesOf(world, acc)).toMatchObject({
      brands: { [brand]: 'migrating' },
      channels: { [id('c')]: 'ready' },
    });
    expect((await channelRow('c')).migration).not.toHaveProperty('failure');
  });

  test('is seen corrected by a brand that is tried again without the account being prepared again', async () => {
    serve(world, acc, { [brand]: [{ channel_id: id('c'), type: 'fax' }] });
    await provisionAll(world, acc);
    serve(world, acc, { [brand]: [{ channel_id: id('c'), type: 'chat' }] });
    await world.calls.provisionBrand({ accountId: acc, brandId: brand });
    expect(await statusesOf(world, acc)).toMatchObject({
      brands: { [brand]: 'migrating' },
      channels: { [id('c')]: 'ready' },
    });
  });

  test('does not undo one that is ready: a mistake that comes later changes nothing', async () => {
    serve(world, acc, { [brand]: [{ channel_id: id('c'), type: 'sms' }] });
    await provisionAll(world, acc);
    serve(world, acc, { [brand]: [{ channel_id: id('c'), type: 'fax', name: 'Renamed' }] });
    expect(await provisionAll(world, acc)).toEqual({ porting: [], failures: [] });
    expect((await statusesOf(world, acc)).channels).toEqual({ [id('c')]: 'ready' });
  });
});

describe('A number that another account holds', () => {
  const wish = (phone_number: string, port_phone_number = true): ChannelWish => ({
    channel_id: id('c'),
    phone_number,
    port_phone_number,
  });

  test('makes the channel fail, also where that account has not ported it yet', async () => {
    const number = newNumber();
    serve(world, `${acc}-first`, { [`${brand}-first`]: [{ ...wish(number), channel_id: id('first') }] });
    await provisionAll(world, `${acc}-first`);
    serve(world, acc, { [brand]: [wish(number)] });
    const { failures } = await provisionAll(world, acc);
    expect(failures).toEqual([expect.stringMatching(/a phone number that another account holds/)]);
    expect(failures[0]).not.toContain(number);
    expect((await channelRow('c')).phoneNumber).toBeNull();
  });

  test('is held by a channel that was here before any migration', async () => {
    const number = newNumber();
    const native = await world.store.prisma.account.create({
      data: { sourceId: `native_${counter}`, name: 'Native' },
    });
    const own = await world.store.prisma.brand.create({
      data: { accountId: native.id, sourceId: `native-brand_${counter}`, name: 'Native' },
    });
    await world.store.prisma.channel.create({
      data: { brandId: own.id, sourceId: id('native'), type: 'sms', phoneNumber: number },
    });
    serve(world, acc, { [brand]: [wish(number, false)] });
    expect((await provisionAll(world, acc)).failures).toHaveLength(1);
  });

  test('is not held by one that is only known to exist', async () => {
    const number = newNumber();
    serve(world, `${acc}-first`, { [`${brand}-first`]: [{ ...wish(number), channel_id: id('first') }] });
    await provisionAll(world, `${acc}-first`);
    await world.store.pool.query(
      `UPDATE channels SET migration = '{"status":"pending","port":true}' WHERE source_id = $1`,
      [id('first')],
    );
    serve(world, acc, { [brand]: [wish(number)] });
    expect(await provisionAll(world, acc)).toEqual({ porting: [id('c')], failures: [] });
  });

  test('is not held by a channel that could not be made', async () => {
    const number = newNumber();
    serve(world, `${acc}-first`, {
      [`${brand}-first`]: [{ ...wish(number), channel_id: id('first'), type: 'fax' }],
    });
    await provisionAll(world, `${acc}-first`);
    serve(world, acc, { [brand]: [wish(number)] });
    expect(await provisionAll(world, acc)).toEqual({ porting: [id('c')], failures: [] });
  });

  test('goes to exactly one of several accounts that ask for it at the same moment', async () => {
    const numbers = [newNumber(), newNumber(), newNumber()];
    const accounts = Array.from({ length: 5 }, (_, index) => `${acc}-${index}`);
    for (const [index, account] of accounts.entries()) {
      // Each in another order, so that locks taken one after the other would meet in a circle.
      const rotated = numbers.map((_, place) => numbers[(place + index) % numbers.length]);
      serve(world, account, {
        [`${brand}-${index}`]: rotated.map((number, place) => ({
          ...wish(number ?? ''),
          channel_id: `${id('c')}-${index}-${place}`,
        })),
      });
      await world.calls.prepareAccount({ accountId: account });
    }
    const results = await Promise.all(
      accounts.map((accountId, index) =>
        world.calls.provisionBrand({ accountId, brandId: `${brand}-${index}` }),
      ),
    );
    expect(results.flatMap((result) => result.portingChannelIds)).toHaveLength(numbers.length);
    const { rows } = await world.store.pool.query(
      `SELECT phone_number, count(*)::int AS channels FROM channels WHERE phone_number = ANY($1) GROUP BY 1`,
      [numbers],
    );
    expect(rows).toEqual(
      expect.arrayContaining(numbers.map((phone_number) => ({ phone_number, channels: 1 }))),
    );
  });
});

describe('A number that several channels of an account have', () => {
  test('is led by the first channel, also when the others are of another brand', async () => {
    const number = newNumber();
    const channel = (name: string): ChannelWish => ({
      channel_id: id(name),
      phone_number: number,
      port_phone_number: true,
    });
    serve(world, acc, { [`${brand}a`]: [channel('x'), channel('y')], [`${brand}b`]: [channel('z')] });
    expect(await provisionAll(world, acc)).toEqual({ porting: [id('x')], failures: [] });
    expect((await statusesOf(world, acc)).channels).toEqual({
      [id('x')]: 'porting',
      [id('y')]: 'porting',
      [id('z')]: 'porting',
    });
    await follow(world, { accountId: acc, channelId: id('x') });
    const order = [...world.carrier.orders.values()].find(({ phone_number }) => phone_number === number);
    world.carrier.move(order?.port_order_id ?? '', 'complete');
    await follow(world, { accountId: acc, channelId: id('x') });
    serve(world, acc, {
      [`${brand}a`]: [channel('x'), channel('y')],
      [`${brand}b`]: [channel('z'), channel('new')],
    });
    expect(await provisionAll(world, acc)).toEqual({ porting: [], failures: [] });
    expect((await statusesOf(world, acc)).channels).toEqual({
      [id('x')]: 'ready',
      [id('y')]: 'ready',
      [id('z')]: 'ready',
      [id('new')]: 'ready',
    });
  });
});
