import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  BRAND_STATUSES,
  CHANNEL_STATUSES,
  brandStatusAtStart,
  mayBrandBecome,
  mayChannelBecome,
} from '../../../domain/statuses.js';
import type { BrandStatus, ChannelStatus } from '../../../domain/statuses.js';
import { inTransaction } from '../../../gateways/store/connect.js';
import * as statuses from '../../../gateways/store/statuses.js';
import { freshStore } from './fresh-store.js';
import type { FreshStore } from './fresh-store.js';
import { addRows, documentOf, leadBrand, leadChannel, makePending } from './world.js';

let store: FreshStore;
let counter = 0;
let account: string;
let brand: string;
let channel: string;
beforeAll(async () => {
  store = await freshStore();
});
afterAll(() => store.close());
beforeEach(() => {
  counter += 1;
  [account, brand, channel] = [`acc_${counter}`, `br_${counter}`, `ch_${counter}`];
});

const within = <T>(work: Parameters<typeof inTransaction<T>>[1]): Promise<T> => inTransaction(store, work);

/** How to come to each status along allowed steps. */
const BRAND_PATHS: Record<BrandStatus, BrandStatus[]> = {
  none: [],
  pending: ['pending'],
  migrating: ['migrating'],
  'recent-messages-migrated': ['migrating', 'recent-messages-migrated'],
  'all-messages-migrated': ['migrating', 'recent-messages-migrated', 'all-messages-migrated'],
  'channel-failure': ['migrating', 'channel-failure'],
  'recent-messages-failure': ['migrating', 'recent-messages-failure'],
  'remaining-messages-failure': ['migrating', 'recent-messages-migrated', 'remaining-messages-failure'],
};
const CHANNEL_PATHS: Record<ChannelStatus, ChannelStatus[]> = {
  none: [],
  pending: ['pending'],
  migrating: ['migrating'],
  porting: ['migrating', 'porting'],
  ready: ['migrating', 'ready'],
  failure: ['migrating', 'failure'],
};

describe('A brand', () => {
  for (const from of BRAND_STATUSES) {
    for (const to of BRAND_STATUSES) {
      const allowed = from === to || mayBrandBecome(from, to);
      test(`that is ${from} ${allowed ? 'may become' : 'does not become'} ${to}`, async () => {
        await addRows(store, account, { [brand]: [] });
        await leadBrand(store, account, brand, BRAND_PATHS[from]);
        const before = await documentOf(store, account);
        const warnings: unknown[] = [];
        await within((tx) =>
          statuses.setBrandStatus(tx, { accountId: account, brandId: brand }, to, {
            logger: { warn: (facts) => warnings.push(facts) },
          }),
        );
        const row = await store.prisma.brand.findUniqueOrThrow({ where: { sourceId: brand } });
        const status = (row.migration as { status?: string } | null)?.status ?? 'none';
        expect(status).toBe(allowed ? to : from);
        expect(warnings).toHaveLength(allowed ? 0 : 1);
        const after = await documentOf(store, account);
        expect(allowed || isDeepStrictEqual(after, before)).toBe(true);
      });
    }
  }
});

describe('A channel', () => {
  for (const from of CHANNEL_STATUSES) {
    for (const to of CHANNEL_STATUSES) {
      const allowed = from === to || mayChannelBecome(from, to);
      test(`that is ${from} ${allowed ? 'may become' : 'does not become'} ${to}`, async () => {
        await addRows(store, account, { [brand]: [channel] });
        await leadChannel(store, account, channel, CHANNEL_PATHS[from]);
        await within((tx) => statuses.setChannelStatus(tx, { accountId: account, channelId: channel }, to));
        const row = await store.prisma.channel.findUniqueOrThrow({ where: { sourceId: channel } });
        expect((row.migration as { status?: string } | null)?.status ?? 'none').toBe(allowed ? to : from);
      });
    }
  }
});

describe('The status document', () => {
  test('is exactly what check-migration-status answers, ids in the order they were made', async () => {
    await addRows(store, account, {
      [`z${brand}`]: [`9${counter}`, `__proto__${counter}`],
      [`a${brand}`]: [`1${counter}`],
    });
    await within((tx) => makePending(tx, account));
    const row = await store.prisma.statusDocument.findUniqueOrThrow({ where: { accountSourceId: account } });
    expect(row.document).toBe(
      `{"status":"pending","brands":{"z${brand}":"pending","a${brand}":"pending"},` +
        `"channels":{"9${counter}":"pending","__proto__${counter}":"pending","1${counter}":"pending"}}`,
    );
  });

  test('has a version that grows by one with each change and stands still without one', async () => {
    await addRows(store, account, { [brand]: [] });
    const versions: (bigint | undefined)[] = [];
    const step = async (status: BrandStatus): Promise<void> => {
      await within((tx) => statuses.setBrandStatus(tx, { accountId: account, brandId: brand }, status));
      versions.push((await documentOf(store, account))?.version);
    };
    for (const status of ['pending', 'pending', 'migrating', 'all-messages-migrated', 'migrating'] as const)
      await step(status);
    await step('recent-messages-migrated');
    expect(versions).toEqual([1n, 1n, 2n, 2n, 2n, 3n]);
  });

  test('goes on growing when the account was removed and made again', async () => {
    await addRows(store, account, {});
    await within((tx) => makePending(tx, account));
    await within((tx) => statuses.beginStart(tx, account, 'tester'));
    await store.prisma.account.delete({ where: { sourceId: account } });
    await addRows(store, account, {});
    await within((tx) => makePending(tx, account));
    expect(await documentOf(store, account)).toMatchObject({ version: 3n, document: { status: 'pending' } });
  });

  test('is told once for each change, after it was committed, and not for one that was rolled back', async () => {
    const listener = new pg.Client({ connectionString: store.url });
    await listener.connect();
    const heard: (string | undefined)[] = [];
    listener.on('notification', (message) => heard.push(message.payload));
    await listener.query('LISTEN carryover_status');
    await addRows(store, account, { [brand]: [channel] });

    await within((tx) => makePending(tx, account));
    await within((tx) => makePending(tx, account));
    await within(async (tx) => {
      await statuses.beginStart(tx, account, 'tester');
      await statuses.setChannelStatus(tx, { accountId: account, channelId: channel }, 'migrating');
    });
    await within(async (tx) => {
      await statuses.setChannelStatus(tx, { accountId: account, channelId: channel }, 'ready');
      throw new Error('rolled back');
    }).catch(() => undefined);
    await listener.query('SELECT 1');
    await listener.end();

    expect(heard).toEqual([account, account]);
  });

  test('loses nothing when many writers change one account at the same moment', async () => {
    const channels = Array.from({ length: 12 }, (_, index) => `${channel}_${index}`);
    await addRows(store, account, { [brand]: channels });
    await within((tx) => makePending(tx, account));
    await Promise.all(
      channels.map((id) =>
        within((tx) => statuses.setChannelStatus(tx, { accountId: account, channelId: id }, 'migrating')),
      ),
    );
    expect(await documentOf(store, account)).toEqual({
      version: 13n,
      document: {
        status: 'pending',
        brands: { [brand]: 'pending' },
        channels: Object.fromEntries(channels.map((id) => [id, 'migrating'])),
      },
    });
  });

  test('leaves foreign keys of an import alone while a status is being changed', async () => {
    await addRows(store, account, { [brand]: [] });
    const { id } = await store.prisma.account.findUniqueOrThrow({ where: { sourceId: account } });
    await within(async (tx) => {
      await makePending(tx, account);
      await store.pool.query(
        `SET lock_timeout = '2s'; INSERT INTO contacts (account_id, identity) VALUES (${id}, 'x')`,
      );
    });
    expect(await store.prisma.contact.count({ where: { accountId: id } })).toBe(1);
  });
});

describe('A start', () => {
  for (const from of BRAND_STATUSES.filter((status) => status !== 'none')) {
    test(`makes a brand that is ${from} ${brandStatusAtStart(from)} at once`, async () => {
      await addRows(store, account, { [brand]: [] });
      await leadBrand(store, account, brand, BRAND_PATHS[from]);
      const start = await within((tx) => statuses.beginStart(tx, account, 'tester'));
      expect(start?.begun).toBe(from !== 'all-messages-migrated');
      expect(await documentOf(store, account)).toMatchObject({
        document: { status: start?.status, brands: { [brand]: brandStatusAtStart(from) } },
      });
    });
  }

  test('of an account whose brands are not known yet makes it migrating', async () => {
    await addRows(store, account, {});
    const start = await within((tx) => statuses.beginStart(tx, account, 'tester'));
    expect(start).toEqual({ status: 'migrating', begun: true });
  });

  test('of an account that the store does not have answers nothing', async () => {
    expect(await within((tx) => statuses.beginStart(tx, 'acc_nowhere', 'tester'))).toBeUndefined();
  });

  test('keeps the time of the first start and leaves a pause alone', async () => {
    await addRows(store, account, { [brand]: [] });
    const at = (time: string): statuses.StatusContext => ({ clock: () => new Date(time) });
    await within((tx) => statuses.beginStart(tx, account, 'one', at('2026-01-01T00:00:00Z')));
    await within((tx) => statuses.setPaused(tx, account, 'operator', at('2026-01-02T00:00:00Z')));
    await within((tx) =>
      statuses.recordAccountFailure(tx, account, { type: 'AccountClosed', message: 'closed' }),
    );
    await within((tx) => statuses.beginStart(tx, account, 'two', at('2026-01-03T00:00:00Z')));
    const row = await store.prisma.account.findUniqueOrThrow({ where: { sourceId: account } });
    expect(row.migration).toMatchObject({
      status: 'migrating',
      startedAt: '2026-01-01T00:00:00.000Z',
      restartedAt: '2026-01-03T00:00:00.000Z',
      startedBy: 'two',
      paused: { by: 'operator', since: '2026-01-02T00:00:00.000Z' },
      lastFailure: { type: 'AccountClosed' },
    });
    expect(row.migration).not.toHaveProperty('failure');
  });
});

describe('A failure', () => {
  test('counts how often it came back, once for each start, and from when', async () => {
    await addRows(store, account, { [brand]: [] });
    await leadBrand(store, account, brand, ['pending']);
    const fail = (time: string): Promise<unknown> =>
      within((tx) =>
        statuses.recordBrandFailure(
          tx,
          { accountId: account, brandId: brand },
          'recent',
          { type: 'SourceUnavailable', message: 'does not answer' },
          { clock: () => new Date(time) },
        ),
      );
    await within((tx) => statuses.beginStart(tx, account, 'app'));
    await fail('2026-01-01T00:00:00Z');
    await fail('2026-01-01T00:00:01Z');
    await within((tx) => statuses.beginStart(tx, account, 'app'));
    await fail('2026-01-02T00:00:00Z');
    const row = await store.prisma.brand.findUniqueOrThrow({ where: { sourceId: brand } });
    expect(row.migration).toMatchObject({
      status: 'recent-messages-failure',
      failure: { type: 'SourceUnavailable', times: 2, since: '2026-01-01T00:00:00.000Z' },
    });
  });

  test('is recorded whatever characters it is told in', async () => {
    await addRows(store, account, { [brand]: [] });
    await leadBrand(store, account, brand, ['migrating']);
    await within((tx) =>
      statuses.recordBrandFailure(tx, { accountId: account, brandId: brand }, 'recent', {
        type: 'Unexpected',
        message: 'NUL \u0000 and half a pair \ud800',
      }),
    );
    const row = await store.prisma.brand.findUniqueOrThrow({ where: { sourceId: brand } });
    expect(row.migration).toMatchObject({ failure: { message: 'NUL \uFFFD and half a pair \uFFFD' } });
  });

  test('of a brand that has its recent messages is a failure of the remaining ones', async () => {
    await addRows(store, account, { [brand]: [] });
    await leadBrand(store, account, brand, ['migrating', 'recent-messages-migrated']);
    await within((tx) =>
      statuses.recordBrandFailure(tx, { accountId: account, brandId: brand }, 'channels', {
        type: 'ChannelImpossible',
        message: 'no such type',
      }),
    );
    expect(await documentOf(store, account)).toMatchObject({
      document: { status: 'remaining-messages-failure' },
    });
  });

  test('of the whole account is brand-failure, but never takes the app from people who use it already', async () => {
    const closed = { type: 'AccountClosed', message: 'closed' } as const;
    await addRows(store, account, { [brand]: [] });
    await leadBrand(store, account, brand, ['migrating']);
    await within((tx) => statuses.recordAccountFailure(tx, account, closed));
    expect(await documentOf(store, account)).toMatchObject({ document: { status: 'brand-failure' } });
    await within((tx) => statuses.beginStart(tx, account, 'app'));
    await leadBrand(store, account, brand, ['recent-messages-migrated']);
    await within((tx) => statuses.recordAccountFailure(tx, account, closed));
    expect(await documentOf(store, account)).toMatchObject({
      document: { status: 'remaining-messages-failure' },
    });
  });
});

describe('A cancellation', () => {
  test('makes what has no recent messages pending again and keeps the rest', async () => {
    const brands = { a: `${brand}a`, b: `${brand}b`, c: `${brand}c` };
    await addRows(store, account, { [brands.a]: [channel], [brands.b]: [], [brands.c]: [] });
    await leadBrand(store, account, brands.a, ['migrating']);
    await leadChannel(store, account, channel, ['migrating']);
    await leadBrand(store, account, brands.b, ['migrating', 'recent-messages-migrated']);
    await leadBrand(store, account, brands.c, ['migrating', 'channel-failure']);
    await within((tx) => statuses.requestCancellation(tx, account, 'operator'));
    await within((tx) => statuses.recordCancellation(tx, account, 'workflow'));
    await within((tx) => statuses.recordCancellation(tx, account, 'workflow'));
    expect(await documentOf(store, account)).toMatchObject({
      document: {
        brands: { [brands.a]: 'pending', [brands.b]: 'recent-messages-migrated', [brands.c]: 'pending' },
        channels: { [channel]: 'pending' },
      },
    });
    const row = await store.prisma.account.findUniqueOrThrow({ where: { sourceId: account } });
    expect(row.migration).toMatchObject({ cancelled: { by: 'operator' } });
    expect(row.migration).not.toHaveProperty('started');
  });

  test('is cleared by the next start', async () => {
    await addRows(store, account, { [brand]: [] });
    await leadBrand(store, account, brand, ['migrating']);
    await within((tx) => statuses.recordCancellation(tx, account, 'operator'));
    expect(await documentOf(store, account)).toMatchObject({ document: { status: 'pending' } });
    await within((tx) => statuses.beginStart(tx, account, 'app'));
    const row = await store.prisma.account.findUniqueOrThrow({ where: { sourceId: account } });
    expect(row.migration).toMatchObject({ status: 'migrating', started: true });
    expect(row.migration).not.toHaveProperty('cancelled');
  });
});

test('Pausing twice and resuming twice is harmless', async () => {
  await addRows(store, account, { [brand]: [] });
  await leadBrand(store, account, brand, ['migrating']);
  await within((tx) => statuses.setPaused(tx, account, 'first'));
  await within((tx) => statuses.setPaused(tx, account, 'second'));
  const paused = await store.prisma.account.findUniqueOrThrow({ where: { sourceId: account } });
  expect(paused.migration).toMatchObject({ status: 'migrating', paused: { by: 'first' } });
  await within((tx) => statuses.clearPaused(tx, account));
  await within((tx) => statuses.clearPaused(tx, account));
  const resumed = await store.prisma.account.findUniqueOrThrow({ where: { sourceId: account } });
  expect(resumed.migration).not.toHaveProperty('paused');
});
