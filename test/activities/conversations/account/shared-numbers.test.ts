import { migrationOf } from '../../../../domain/conversations/migration.js';
import { describe, expect, test } from 'vitest';
import { callWorld, channelRow, follow, newNumber, provisionAll, serve, statusesOf } from './call-world.js';
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

describe('A number that another account holds', () => {
  const wish = (phone_number: string, port_phone_number = true): ChannelWish => ({
    channel_id: id('c'),
    phone_number,
    port_phone_number,
  });

  test('fails the channel, even if that account has not ported it yet', async () => {
    const number = newNumber();
    serve(world, `${acc}-first`, { [`${brand}-first`]: [{ ...wish(number), channel_id: id('first') }] });
    await provisionAll(world, `${acc}-first`);
    serve(world, acc, { [brand]: [wish(number)] });
    const { failures } = await provisionAll(world, acc);
    expect(failures).toEqual([expect.stringMatching(/a phone number that another account holds/)]);
    expect(failures[0]).not.toContain(number);
    expect((await channelRow(world, id('c'))).phoneNumber).toBeNull();
  });

  test('is held by a channel that existed before any migration', async () => {
    const number = newNumber();
    const native = await world.store.prisma.account.create({
      data: { sourceId: id('native'), name: 'Native' },
    });
    const own = await world.store.prisma.brand.create({
      data: { accountId: native.id, sourceId: id('native-brand'), name: 'Native' },
    });
    await world.store.prisma.channel.create({
      data: { brandId: own.id, sourceId: id('native'), type: 'sms', phoneNumber: number },
    });
    serve(world, acc, { [brand]: [wish(number, false)] });
    expect((await provisionAll(world, acc)).failures).toHaveLength(1);
  });

  test('is not held by a channel that was not started', async () => {
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

  test('is not held by a channel that could not be created', async () => {
    const number = newNumber();
    serve(world, `${acc}-first`, {
      [`${brand}-first`]: [{ ...wish(number), channel_id: id('first'), type: 'fax' }],
    });
    await provisionAll(world, `${acc}-first`);
    serve(world, acc, { [brand]: [wish(number)] });
    expect(await provisionAll(world, acc)).toEqual({ porting: [id('c')], failures: [] });
  });

  test('goes to exactly one of several accounts that request it concurrently', async () => {
    const numbers = [newNumber(), newNumber(), newNumber()];
    const accounts = Array.from({ length: 5 }, (_, index) => `${acc}-${index}`);
    for (const [index, account] of accounts.entries()) {
      // Each in another order, so that locks taken one after the other would deadlock.
      const rotated = numbers.map((_, place) => numbers[(place + index) % numbers.length]);
      serve(world, account, {
        [`${brand}-${index}`]: rotated.map((number, place) => ({
          ...wish(number ?? ''),
          channel_id: `${id('c')}-${index}-${place}`,
        })),
      });
      await world.calls.prepareMigration(migrationOf(account));
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

describe('A number that several channels of an account share', () => {
  test('is led by the first channel, even if the others belong to another brand', async () => {
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
