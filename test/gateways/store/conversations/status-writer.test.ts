import { migrationOf } from '../../../../domain/conversations/migration.js';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import {
  BRAND_STATUSES,
  CHANNEL_STATUSES,
  mayBrandBecome,
  mayChannelBecome,
} from '../../../../domain/conversations/statuses.js';
import type { BrandStatus, ChannelStatus } from '../../../../domain/conversations/statuses.js';
import * as statuses from '../../../../gateways/store/conversations/status/statuses.js';
import { freshStore } from '../fresh-store.js';
import type { FreshStore } from '../fresh-store.js';
import {
  addRows,
  BRAND_PATHS,
  documentOf,
  leadBrand,
  leadChannel,
  makePending,
  setChannel,
} from '../world.js';
import { forEachTest } from '../../../support/for-this-file.js';

let store: FreshStore;
let account: string;
let brand: string;
let channel: string;
forEachTest(freshStore, (opened, ids) => {
  store = opened;
  ({ account, brand, channel } = ids);
});

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
        await store.within((tx) =>
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
        await store.within((tx) => setChannel(tx, account, channel, to));
        const row = await store.prisma.channel.findUniqueOrThrow({ where: { sourceId: channel } });
        expect((row.migration as { status?: string } | null)?.status ?? 'none').toBe(allowed ? to : from);
      });
    }
  }
});

describe('The status document', () => {
  test('is exactly the answer of check-migration-status, with ids in the order of creation', async () => {
    await addRows(store, account, {
      [`z${brand}`]: ['91', '__proto__1'],
      [`a${brand}`]: ['11'],
    });
    await store.within((tx) => makePending(tx, account));
    const row = await store.prisma.statusDocument.findUniqueOrThrow({
      where: { kind_subject: migrationOf(account) },
    });
    expect(row.document).toBe(
      `{"status":"pending","brands":{"z${brand}":"pending","a${brand}":"pending"},` +
        `"channels":{"91":"pending","__proto__1":"pending","11":"pending"}}`,
    );
  });

  test('has a version that grows by one with each change, and only then', async () => {
    await addRows(store, account, { [brand]: [] });
    const versions: (bigint | undefined)[] = [];
    const step = async (status: BrandStatus): Promise<void> => {
      await store.within((tx) => statuses.setBrandStatus(tx, { accountId: account, brandId: brand }, status));
      versions.push((await documentOf(store, account))?.version);
    };
    for (const status of ['pending', 'pending', 'migrating', 'all-messages-migrated', 'migrating'] as const)
      await step(status);
    await step('recent-messages-migrated');
    expect(versions).toEqual([1n, 1n, 2n, 2n, 2n, 3n]);
  });

  test('has a version that keeps growing after the account was deleted and created again', async () => {
    await addRows(store, account, {});
    await store.within((tx) => makePending(tx, account));
    await store.within((tx) => statuses.beginStart(tx, account, 'tester'));
    await store.prisma.account.delete({ where: { sourceId: account } });
    await addRows(store, account, {});
    await store.within((tx) => makePending(tx, account));
    expect(await documentOf(store, account)).toMatchObject({ version: 3n, document: { status: 'pending' } });
  });

  test('is notified once for each committed change, and not for one that was rolled back', async () => {
    const listener = new pg.Client({ connectionString: store.url });
    await listener.connect();
    const heard: (string | undefined)[] = [];
    listener.on('notification', (message) => heard.push(message.payload));
    await listener.query('LISTEN carryover_status');
    await addRows(store, account, { [brand]: [channel] });

    await store.within((tx) => makePending(tx, account));
    await store.within((tx) => makePending(tx, account));
    await store.within(async (tx) => {
      await statuses.beginStart(tx, account, 'tester');
      await setChannel(tx, account, channel, 'migrating');
    });
    await store
      .within(async (tx) => {
        await setChannel(tx, account, channel, 'ready');
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    await listener.query('SELECT 1');
    await listener.end();

    expect(heard).toEqual([`conversations:${account}`, `conversations:${account}`]);
  });

  test('loses no change of concurrent writers', async () => {
    const channels = Array.from({ length: 12 }, (_, index) => `${channel}_${index}`);
    await addRows(store, account, { [brand]: channels });
    await store.within((tx) => makePending(tx, account));
    await Promise.all(channels.map((id) => store.within((tx) => setChannel(tx, account, id, 'migrating'))));
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
    await store.within(async (tx) => {
      await makePending(tx, account);
      await store.pool.query(
        `SET lock_timeout = '2s'; INSERT INTO contacts (account_id, identity) VALUES (${id}, 'x')`,
      );
    });
    expect(await store.prisma.contact.count({ where: { accountId: id } })).toBe(1);
  });
});
