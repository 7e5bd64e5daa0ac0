import { migrationOf } from '../../../../domain/conversations/migration.js';
import { describe, expect, test } from 'vitest';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import * as statuses from '../../../../gateways/store/conversations/status/statuses.js';
import { callWorld, channelRow, newNumber, provisionAll, rowsOf, serve, statusesOf } from './call-world.js';
import type { CallWorld, ChannelWish } from './call-world.js';
import { forEachTest } from '../../../support/for-this-file.js';

let world: CallWorld;
let acc: string;
let brand: string;
let id: (name: string) => string;
forEachTest(callWorld, (opened, ids) => {
  world = opened;
  ({ account: acc, brand, id } = ids);
});

const portsOf = async (): Promise<{ phone_number: string; leader: string; status: string }[]> => {
  const { rows } = await world.store.pool.query<{ phone_number: string; leader: string; status: string }>(
    `SELECT p.phone_number, c.source_id AS leader, p.status FROM phone_portings p JOIN channels c ON c.id = p.channel_id
     JOIN accounts a ON a.id = p.account_id WHERE a.source_id = $1 ORDER BY p.id`,
    [acc],
  );
  return rows;
};

describe('Provisioning a brand', () => {
  test('sets channels without a number to port to ready, and the others to porting with one port a number', async () => {
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

  test('is idempotent, also with two workers at once', async () => {
    const number = newNumber();
    serve(world, acc, {
      [brand]: [
        { channel_id: id('a'), phone_number: number, port_phone_number: true },
        { channel_id: id('b'), type: 'voice', phone_number: number, port_phone_number: true },
        { channel_id: id('c'), type: 'email' },
      ],
    });
    await world.calls.prepareMigration(migrationOf(acc));
    const input = { accountId: acc, brandId: brand };
    const results = await Promise.all([1, 2, 3].map(() => world.calls.provisionBrand(input)));
    for (const result of results) expect(result).toEqual(results[0]);
    const rows = await rowsOf(world);
    await world.calls.prepareMigration(migrationOf(acc));
    await world.calls.provisionBrand(input);
    expect(await rowsOf(world)).toEqual(rows);
  });

  test('completes a brand that an earlier attempt left incomplete', async () => {
    const number = newNumber();
    serve(world, acc, {
      [brand]: [
        { channel_id: id('a'), phone_number: number, port_phone_number: true },
        { channel_id: id('b'), type: 'email' },
      ],
    });
    await world.calls.prepareMigration(migrationOf(acc));
    const { id: brandRow } = await world.store.prisma.brand.findUniqueOrThrow({ where: { sourceId: brand } });
    await world.store.prisma.channel.create({ data: { brandId: brandRow, sourceId: id('a'), type: 'sms' } });
    const provision = await world.calls.provisionBrand({ accountId: acc, brandId: brand });
    expect(provision).toEqual({ portingChannelIds: [id('a')], failures: [] });
    expect((await statusesOf(world, acc)).channels).toEqual({ [id('a')]: 'porting', [id('b')]: 'ready' });
  });

  test('does not ask Conversations again, however many brands there are', async () => {
    serve(world, acc, { [`${brand}a`]: [], [`${brand}b`]: [], [`${brand}c`]: [] });
    const before = world.conversations.requests.payload;
    await provisionAll(world, acc);
    expect(world.conversations.requests.payload - before).toBe(1);
  });
});

describe('A channel that cannot be created', () => {
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
    ['without the word for it', { channel_id: 'bad', type: undefined }, /has a type that is none of/],
    [
      'with a number that is no E.164 number',
      { channel_id: 'bad', phone_number: '(415) 555-0000' },
      /not a possible number in E\.164 form/,
    ],
    [
      'with a number that is none',
      { channel_id: 'bad', phone_number: '555-CALL-NOW!' },
      /not a possible number/,
    ],
    [
      'with a number that is too short',
      { channel_id: 'bad', phone_number: '+1415' },
      /not a possible number/,
    ],
    [
      'with a number of another JSON type',
      { channel_id: 'bad', phone_number: 14155550000 },
      /not a possible number/,
    ],
    [
      'that is to be ported without a number',
      { channel_id: 'bad', phone_number: null, port_phone_number: true },
      /has no number to port/,
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
      const row = await channelRow(world, id('bad'));
      expect(row.phoneNumber).toBeNull();
      expect(row.migration).toMatchObject({ failure: { type: 'ChannelImpossible', times: 1 } });
    });
  }

  test('whose id the store cannot hold fails without a row with a changed id', async () => {
    serve(world, acc, {
      [brand]: [{ channel_id: id('nul\u0000') }, { channel_id: id('good'), type: 'email' }],
    });
    const { failures } = await provisionAll(world, acc);
    expect(failures).toEqual([expect.stringMatching(/an id that cannot be stored/)]);
    expect(await statusesOf(world, acc)).toMatchObject({
      brands: { [brand]: 'channel-failure' },
      channels: { [id('good')]: 'ready' },
    });
    expect(await world.store.prisma.channel.count({ where: { brand: { sourceId: brand } } })).toBe(1);
  });

  test('because its id belongs to a channel of another brand leaves that channel alone', async () => {
    serve(world, `${acc}-first`, {
      [`${brand}-first`]: [{ channel_id: id('c'), type: 'email', name: 'First' }],
    });
    await provisionAll(world, `${acc}-first`);
    serve(world, acc, {
      [brand]: [{ channel_id: id('c'), type: 'sms', name: 'Second', phone_number: newNumber() }],
    });
    const { failures } = await provisionAll(world, acc);
    expect(failures).toEqual([expect.stringMatching(/a channel of another brand here/)]);
    expect(await channelRow(world, id('c'))).toMatchObject({
      type: 'email',
      name: 'First',
      phoneNumber: null,
    });
    expect((await statusesOf(world, `${acc}-first`)).status).toBe('migrating');
  });

  test('is created by the next start once it is corrected, and only then cleared', async () => {
    serve(world, acc, { [brand]: [{ channel_id: id('c'), type: 'fax' }] });
    await provisionAll(world, acc);
    await transaction(world.store.control, 'test', (tx) => statuses.beginStart(tx, acc, 'app'));
    expect((await statusesOf(world, acc)).status).toBe('migrating');
    await provisionAll(world, acc);
    expect((await channelRow(world, id('c'))).migration).toMatchObject({
      status: 'failure',
      failure: { times: 2 },
    });
    serve(world, acc, { [brand]: [{ channel_id: id('c'), type: 'sms' }] });
    await transaction(world.store.control, 'test', (tx) => statuses.beginStart(tx, acc, 'app'));
    expect(await provisionAll(world, acc)).toEqual({ porting: [], failures: [] });
    expect(await statusesOf(world, acc)).toMatchObject({
      brands: { [brand]: 'migrating' },
      channels: { [id('c')]: 'ready' },
    });
    expect((await channelRow(world, id('c'))).migration).not.toHaveProperty('failure');
  });

  test('is seen as corrected by a retried brand, without preparing the account again', async () => {
    serve(world, acc, { [brand]: [{ channel_id: id('c'), type: 'fax' }] });
    await provisionAll(world, acc);
    serve(world, acc, { [brand]: [{ channel_id: id('c'), type: 'chat' }] });
    await world.calls.provisionBrand({ accountId: acc, brandId: brand });
    expect(await statusesOf(world, acc)).toMatchObject({
      brands: { [brand]: 'migrating' },
      channels: { [id('c')]: 'ready' },
    });
  });

  test('stays ready if the payload becomes wrong later', async () => {
    serve(world, acc, { [brand]: [{ channel_id: id('c'), type: 'sms' }] });
    await provisionAll(world, acc);
    serve(world, acc, { [brand]: [{ channel_id: id('c'), type: 'fax', name: 'Renamed' }] });
    expect(await provisionAll(world, acc)).toEqual({ porting: [], failures: [] });
    expect((await statusesOf(world, acc)).channels).toEqual({ [id('c')]: 'ready' });
  });
});
