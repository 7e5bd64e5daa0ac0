import { PHASES } from '../../../../domain/conversations/phases.js';
import { rememberedOf, steerAccount } from '../../../gateways/store/world.js';
import { migrationOf } from '../../../../domain/conversations/migration.js';
import { describe, expect, test } from 'vitest';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import * as statuses from '../../../../gateways/store/conversations/status/statuses.js';
import { callWorld, newNumber, rowsOf, serve, statusesOf } from './call-world.js';
import type { CallWorld } from './call-world.js';
import { addPhase } from '../../../support/work.js';
import { forEachTest } from '../../../support/for-this-file.js';

let world: CallWorld;
let acc: string;
forEachTest(callWorld, (opened, ids) => {
  world = opened;
  acc = ids.account;
});

const account = () => rememberedOf(world.store, acc);
const followed = () => world.followed.filter(({ accountId }) => accountId === acc);
const failing = async (): Promise<unknown> =>
  world.calls.prepareMigration(migrationOf(acc)).catch((error: unknown) => error);

describe('Preparing an account', () => {
  test('creates account and brands, fixes the boundary of recent, and sets what it works on to migrating', async () => {
    serve(
      world,
      acc,
      { [`b2-${acc}`]: [], [`b1-${acc}`]: [{ channel_id: `c-${acc}` }] },
      { account: { locale: 'de_DE' } },
    );
    world.clock = new Date('2026-06-30T12:00:00.000Z');
    expect(await world.calls.prepareMigration(migrationOf(acc))).toEqual({
      name: `Account ${acc}`,
      units: [
        { unit: `b2-${acc}`, name: `Brand b2-${acc}`, phases: PHASES },
        { unit: `b1-${acc}`, name: `Brand b1-${acc}`, phases: PHASES },
      ],
      paused: false,
      awaited: false,
    });
    expect(followed()).toEqual([{ accountId: acc, brandIds: [`b2-${acc}`, `b1-${acc}`] }]);
    expect(await account()).toMatchObject({
      status: 'migrating',
      started: true,
      startedAt: '2026-06-30T12:00:00.000Z',
      recentSince: '2026-05-31T12:00:00.000Z',
      region: 'DE',
    });
    expect(await statusesOf(world, acc)).toEqual({
      status: 'migrating',
      brands: { [`b2-${acc}`]: 'migrating', [`b1-${acc}`]: 'migrating' },
      channels: {},
    });
  });

  test('keeps the boundary of recent when the migration starts again later', async () => {
    serve(world, acc, { [`b-${acc}`]: [] });
    world.clock = new Date('2026-06-30T12:00:00.000Z');
    await world.calls.prepareMigration(migrationOf(acc));
    world.clock = new Date('2026-09-30T12:00:00.000Z');
    await world.calls.prepareMigration(migrationOf(acc));
    expect(await account()).toMatchObject({ recentSince: '2026-05-31T12:00:00.000Z' });
  });

  test('counts the boundary from the requested start, not from when the worker begins', async () => {
    serve(world, acc, { [`b-${acc}`]: [] });
    await world.store.prisma.account.create({ data: { sourceId: acc, name: 'x' } });
    const clock = { now: () => Date.parse('2026-06-01T00:00:00.000Z') };
    await transaction(world.store.control, 'test', (tx) => statuses.beginStart(tx, acc, 'app', { clock }));
    await world.calls.prepareMigration(migrationOf(acc));
    expect(await account()).toMatchObject({ recentSince: '2026-05-02T00:00:00.000Z' });
  });

  test('reports finished brands as finished, and a pause', async () => {
    serve(world, acc, { [`b-${acc}`]: [], [`new-${acc}`]: [] });
    await world.calls.prepareMigration(migrationOf(acc));
    await transaction(world.store.control, 'test', async (tx) => {
      const brand = { accountId: acc, brandId: `b-${acc}` };
      await statuses.setBrandStatus(tx, brand, 'recent-messages-migrated');
      await statuses.setBrandStatus(tx, brand, 'all-messages-migrated');
      await steerAccount(tx, acc, 'pause');
    });
    expect(await world.calls.prepareMigration(migrationOf(acc))).toEqual({
      name: `Account ${acc}`,
      units: [
        { unit: `b-${acc}`, name: `Brand b-${acc}`, phases: [] },
        { unit: `new-${acc}`, name: `Brand new-${acc}`, phases: PHASES },
      ],
      paused: true,
      awaited: false,
    });
  });

  test('updates names, and ignores brands that the payload no longer has', async () => {
    serve(world, acc, { [`b-${acc}`]: [], [`gone-${acc}`]: [] });
    await world.calls.prepareMigration(migrationOf(acc));
    serve(world, acc, { [`b-${acc}`]: [] }, { account: { name: 'Nul\u0000 and \ud800' } });
    await world.calls.prepareMigration(migrationOf(acc));
    await transaction(world.store.control, 'test', async (tx) => {
      await statuses.setBrandStatus(tx, { accountId: acc, brandId: `b-${acc}` }, 'recent-messages-migrated');
    });
    expect(await statusesOf(world, acc)).toEqual({
      status: 'recent-messages-migrated',
      brands: { [`b-${acc}`]: 'recent-messages-migrated' },
      channels: {},
    });
    const row = await world.store.prisma.account.findUniqueOrThrow({ where: { sourceId: acc } });
    expect(row.name).toBe('Nul\uFFFD and \uFFFD');
    serve(world, acc, { [`b-${acc}`]: [], [`gone-${acc}`]: [] });
    await world.calls.prepareMigration(migrationOf(acc));
    expect((await statusesOf(world, acc)).brands).toMatchObject({ [`gone-${acc}`]: 'migrating' });
  });

  test('returns names that Temporal can store, and none for too many brands', async () => {
    const brandsOf = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, place) => [`b${place}-${acc}`, []]));
    serve(world, acc, brandsOf(500), { account: { name: `Acme\n${'🦷'.repeat(300)}` } });
    const { name: accountName, units } = await world.calls.prepareMigration(migrationOf(acc));
    expect(accountName).toBe(`Acme ${'🦷'.repeat(54)}…`);
    expect(units.map(({ name }) => name)).toContain(`Brand b499-${acc}`);
    serve(world, acc, brandsOf(501));
    const more = await world.calls.prepareMigration(migrationOf(acc));
    expect(more.name).toBe(`Account ${acc}`);
    expect(more.units).toHaveLength(501);
    expect(more.units.flatMap(({ name }) => name ?? [])).toEqual([]);
  });

  test('reports a brand that belongs to another account, and lets the others continue', async () => {
    serve(world, `${acc}-first`, { [`b-${acc}`]: [] });
    await world.calls.prepareMigration(migrationOf(`${acc}-first`));
    serve(world, acc, { [`b-${acc}`]: [], [`own-${acc}`]: [] });
    const { units } = await world.calls.prepareMigration(migrationOf(acc));
    expect(units.map(({ unit }) => unit)).toEqual([`b-${acc}`, `own-${acc}`]);
    expect(await statusesOf(world, acc)).toMatchObject({
      status: 'brand-failure',
      brands: { [`b-${acc}`]: 'channel-failure', [`own-${acc}`]: 'migrating' },
    });
    const provision = await world.calls.provisionBrand({ accountId: acc, brandId: `b-${acc}` });
    expect(provision.failures).toMatchObject([
      { type: 'ChannelImpossible', message: expect.stringContaining(`b-${acc}`) as string },
    ]);
    expect((await statusesOf(world, `${acc}-first`)).status).toBe('migrating');
  });
});

describe('The first preparation', () => {
  const first = () => world.calls.prepareMigration({ ...migrationOf(acc), isFirst: true });
  const channels = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ channel_id: `c${n}-${acc}`, type: 'email' }));

  test('creates the channels of a small account, and says which brands have ports to start', async () => {
    const [b1, b2] = [`b1-${acc}`, `b2-${acc}`];
    serve(world, acc, {
      [b1]: channels(2),
      [b2]: [{ channel_id: `p-${acc}`, phone_number: newNumber(), port_phone_number: true }],
    });
    const prepared = await first();
    expect(prepared.units.map(({ unit, own }) => [unit, own])).toEqual([
      [b1, { channels: 'done' }],
      [b2, { channels: 'created' }],
    ]);
    expect((await statusesOf(world, acc)).channels).toEqual({
      [`c0-${acc}`]: 'ready',
      [`c1-${acc}`]: 'ready',
      [`p-${acc}`]: 'porting',
    });
    const rows = await rowsOf(world);
    expect(await first()).toEqual(prepared);
    expect(await rowsOf(world)).toEqual(rows);
  });

  test('leaves a brand with a channel that cannot be created to its own run, which reports the failure once', async () => {
    const [good, bad] = [`good-${acc}`, `bad-${acc}`];
    serve(world, acc, { [good]: channels(1), [bad]: [{ channel_id: `x-${acc}`, type: 'fax' }] });
    const { units } = await first();
    expect(units.map(({ own }) => own)).toEqual([{ channels: 'done' }, undefined]);
    const { failures } = await world.calls.provisionBrand({ accountId: acc, brandId: bad });
    expect(failures).toMatchObject([{ type: 'ChannelImpossible' }]);
    expect((await statusesOf(world, acc)).brands).toEqual({ [good]: 'migrating', [bad]: 'channel-failure' });
    const row = await world.store.prisma.brand.findUniqueOrThrow({ where: { sourceId: bad } });
    expect(row.migration).toMatchObject({ failure: { times: 1 } });
  });

  test.each([
    ['of an account with many', async () => serve(world, acc, { [`b-${acc}`]: channels(20) })],
    [
      'of a paused account',
      async () => {
        serve(world, acc, { [`b-${acc}`]: channels(1) });
        await world.calls.prepareMigration(migrationOf(acc));
        await transaction(world.store.control, 'test', (tx) => steerAccount(tx, acc, 'pause'));
      },
    ],
  ])('creates no channels %s', async (_which, set) => {
    await set();
    const { units } = await first();
    expect(units.map(({ own }) => own)).toEqual([undefined]);
    expect((await statusesOf(world, acc)).channels).toEqual({});
  });

  test('is the only one that creates channels: units may run during a later one', async () => {
    serve(world, acc, { [`b-${acc}`]: channels(1) });
    await world.calls.prepareMigration(migrationOf(acc));
    expect((await statusesOf(world, acc)).channels).toEqual({});
  });
});

describe('A payload that names a dump', () => {
  const dump = (prefix: string) => ({ payload: { messages: { kind: 's3', bucket: 'exports', prefix } } });

  test('names its location, and may name another one for the second call', async () => {
    serve(world, acc, { [`b-${acc}`]: [] }, dump('one'));
    await world.calls.prepareMigration(migrationOf(acc));
    expect(await account()).toMatchObject({ dump: { bucket: 'exports', prefix: 'one' } });
    serve(world, acc, { [`b-${acc}`]: [] }, dump('two'));
    await world.calls.prepareMigration(migrationOf(acc));
    expect(await account()).toMatchObject({ dump: { bucket: 'exports', prefix: 'two' } });
    expect(followed()).toEqual([]);
  });

  test('cannot be added or removed once an import has begun', async () => {
    serve(world, acc, { [`b-${acc}`]: [] });
    await world.calls.prepareMigration(migrationOf(acc));
    serve(world, acc, { [`b-${acc}`]: [] }, dump('one'));
    await world.calls.prepareMigration(migrationOf(acc));
    await addPhase(world.store.pool, `b-${acc}`, 'recent');
    serve(world, acc, { [`b-${acc}`]: [] });
    expect(await failing()).toMatchObject({
      type: 'PayloadImpossible',
      message: expect.stringMatching(/from a dump, and its migration payload now names tables/),
    });
  });
});
