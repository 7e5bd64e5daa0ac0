import { describe, expect, test } from 'vitest';
import type { Failure } from '../../../../domain/engine/failures/failures.js';
import { BRAND_STATUSES, brandStatusAtStart } from '../../../../domain/conversations/statuses.js';
import type { StatusContext } from '../../../../gateways/store/conversations/status/status-draft.js';
import { changeStatuses } from '../../../../gateways/store/conversations/status/status-writer.js';
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
  rememberedOf,
  steerAccount,
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

describe('A start', () => {
  for (const from of BRAND_STATUSES.filter((status) => status !== 'none')) {
    test(`makes a brand that is ${from} ${brandStatusAtStart(from)} at once`, async () => {
      await addRows(store, account, { [brand]: [] });
      await leadBrand(store, account, brand, BRAND_PATHS[from]);
      const start = await store.within((tx) => statuses.beginStart(tx, account, 'tester'));
      expect(start?.begun).toBe(from !== 'all-messages-migrated');
      expect(await documentOf(store, account)).toMatchObject({
        document: { status: start?.status, brands: { [brand]: brandStatusAtStart(from) } },
      });
    });
  }

  test('of an account whose brands are not known yet sets it to migrating', async () => {
    await addRows(store, account, {});
    const start = await store.within((tx) => statuses.beginStart(tx, account, 'tester'));
    expect(start).toEqual({ status: 'migrating', begun: true });
  });

  test('of an unknown account returns undefined', async () => {
    expect(await store.within((tx) => statuses.beginStart(tx, 'acc_nowhere', 'tester'))).toBeUndefined();
  });

  test('keeps the time of the first start and leaves a pause alone', async () => {
    await addRows(store, account, { [brand]: [] });
    const at = (time: string): StatusContext => ({ clock: { now: () => Date.parse(time) } });
    await store.within((tx) => statuses.beginStart(tx, account, 'one', at('2026-01-01T00:00:00Z')));
    await store.within((tx) => steerAccount(tx, account, 'pause'));
    await store.within((tx) =>
      statuses.recordAccountFailure(tx, account, { type: 'AccountClosed', message: 'closed' }),
    );
    await store.within((tx) => statuses.beginStart(tx, account, 'two', at('2026-01-03T00:00:00Z')));
    const remembered = await rememberedOf(store, account);
    expect(remembered).toMatchObject({
      status: 'migrating',
      startedAt: '2026-01-01T00:00:00.000Z',
      restartedAt: '2026-01-03T00:00:00.000Z',
      startedBy: 'two',
      paused: { by: 'operator', since: '2026-01-02T00:00:00.000Z' },
      lastFailure: { type: 'AccountClosed' },
    });
    expect(remembered).not.toHaveProperty('failure');
  });
});

describe('A failure', () => {
  test('counts how often it recurred, once for each start, and since when', async () => {
    await addRows(store, account, { [brand]: [] });
    await leadBrand(store, account, brand, ['pending']);
    const fail = (time: string): Promise<unknown> =>
      store.within((tx) =>
        statuses.recordBrandFailure(
          tx,
          { accountId: account, brandId: brand },
          { during: 'recent', failure: { type: 'SourceUnavailable', message: 'does not answer' } },
          { clock: { now: () => Date.parse(time) } },
        ),
      );
    await store.within((tx) => statuses.beginStart(tx, account, 'app'));
    await fail('2026-01-01T00:00:00Z');
    await fail('2026-01-01T00:00:01Z');
    await store.within((tx) => statuses.beginStart(tx, account, 'app'));
    await fail('2026-01-02T00:00:00Z');
    const row = await store.prisma.brand.findUniqueOrThrow({ where: { sourceId: brand } });
    expect(row.migration).toMatchObject({
      status: 'recent-messages-failure',
      failure: { type: 'SourceUnavailable', times: 2, since: '2026-01-01T00:00:00.000Z' },
    });
  });

  test('is recorded with any characters', async () => {
    await addRows(store, account, { [brand]: [] });
    await leadBrand(store, account, brand, ['migrating']);
    await store.within((tx) =>
      statuses.recordBrandFailure(
        tx,
        { accountId: account, brandId: brand },
        {
          during: 'recent',
          failure: { type: 'Unexpected', message: 'NUL \u0000 and half a pair \ud800' },
        },
      ),
    );
    const row = await store.prisma.brand.findUniqueOrThrow({ where: { sourceId: brand } });
    expect(row.migration).toMatchObject({ failure: { message: 'NUL \uFFFD and half a pair \uFFFD' } });
  });

  test('of a brand that has its recent messages is a failure of the remaining ones', async () => {
    await addRows(store, account, { [brand]: [] });
    await leadBrand(store, account, brand, ['migrating', 'recent-messages-migrated']);
    await store.within((tx) =>
      statuses.recordBrandFailure(
        tx,
        { accountId: account, brandId: brand },
        {
          during: 'channels',
          failure: { type: 'ChannelImpossible', message: 'no such type' },
        },
      ),
    );
    expect(await documentOf(store, account)).toMatchObject({
      document: { status: 'remaining-messages-failure' },
    });
  });

  test('of the whole account is brand-failure, unless people already use the app', async () => {
    const closed = { type: 'AccountClosed', message: 'closed' } as const;
    await addRows(store, account, { [brand]: [] });
    await leadBrand(store, account, brand, ['migrating']);
    await store.within((tx) => statuses.recordAccountFailure(tx, account, closed));
    expect(await documentOf(store, account)).toMatchObject({ document: { status: 'brand-failure' } });
    await store.within((tx) => statuses.beginStart(tx, account, 'app'));
    await leadBrand(store, account, brand, ['recent-messages-migrated']);
    await store.within((tx) => statuses.recordAccountFailure(tx, account, closed));
    expect(await documentOf(store, account)).toMatchObject({
      document: { status: 'remaining-messages-failure' },
    });
  });
});

describe('A refused start', () => {
  const closed = { type: 'AccountClosed', message: 'closed' } as const;
  const refuse = (failure: Failure, time: string) =>
    store.within((tx) =>
      statuses.recordRefusedStart(tx, account, failure, { clock: { now: () => Date.parse(time) } }),
    );

  test('is a brand-failure with reason, count and time, and leaves brands and channels unchanged', async () => {
    await addRows(store, account, { [brand]: [channel] });
    await store.within((tx) => makePending(tx, account));
    await refuse(closed, '2026-01-01T00:00:00Z');
    const refused = await refuse(closed, '2026-01-02T00:00:00Z');
    expect(refused).toMatchObject({
      status: 'brand-failure',
      failure: { times: 2, since: '2026-01-01T00:00:00.000Z', nextStep: expect.stringContaining('Reopen') },
    });
    expect(await documentOf(store, account)).toMatchObject({
      document: {
        status: 'brand-failure',
        brands: { [brand]: 'pending' },
        channels: { [channel]: 'pending' },
      },
    });
    const remembered = await rememberedOf(store, account);
    expect(remembered).not.toHaveProperty('startedAt');
  });

  test('does not change a migration that has begun', async () => {
    await addRows(store, account, { [brand]: [] });
    await leadBrand(store, account, brand, ['migrating']);
    const before = await documentOf(store, account);
    expect(await refuse(closed, '2026-01-01T00:00:00Z')).toBeUndefined();
    expect(await documentOf(store, account)).toEqual(before);
  });

  test('is not replaced by what an earlier run reports late; the next start reports again', async () => {
    await addRows(store, account, { [brand]: [] });
    await store.within((tx) => makePending(tx, account));
    const begin = () => store.within((tx) => statuses.beginStart(tx, account, 'app'));
    const report = () => store.within((tx) => statuses.recordAccountFailure(tx, account, closed));
    await begin();
    await report();
    await refuse({ type: 'PayloadImpossible', message: 'no brands' }, '2026-01-01T00:00:00Z');
    await report();
    expect(await rememberedOf(store, account)).toMatchObject({
      failure: { type: 'PayloadImpossible', times: 1 },
    });
    await begin();
    await report();
    expect(await rememberedOf(store, account)).toMatchObject({ failure: { type: 'AccountClosed' } });
  });

  test('that the workflow finds leaves brands that were not begun unchanged', async () => {
    await addRows(store, account, { [brand]: [channel], [`${brand}_2`]: [] });
    await store.within((tx) => makePending(tx, account));
    await store.within((tx) => statuses.beginStart(tx, account, 'app'));
    await store.within((tx) =>
      changeStatuses(tx, account, (draft) =>
        draft.patchBrand(draft.brand(`${brand}_2`)!, { source: { channels: [] } }),
      ),
    );
    await store.within((tx) => statuses.recordAccountFailure(tx, account, closed));
    expect(await documentOf(store, account)).toMatchObject({
      document: { status: 'brand-failure', brands: { [brand]: 'pending', [`${brand}_2`]: 'migrating' } },
    });
  });
});

describe('A cancellation', () => {
  test('sets brands without recent messages to pending, and keeps the rest', async () => {
    const brands = { a: `${brand}a`, b: `${brand}b`, c: `${brand}c` };
    await addRows(store, account, { [brands.a]: [channel], [brands.b]: [], [brands.c]: [] });
    await leadBrand(store, account, brands.a, ['migrating']);
    await leadChannel(store, account, channel, ['migrating']);
    await leadBrand(store, account, brands.b, ['migrating', 'recent-messages-migrated']);
    await leadBrand(store, account, brands.c, ['migrating', 'channel-failure']);
    await store.within((tx) => steerAccount(tx, account, 'cancel'));
    await store.within((tx) => statuses.recordCancellation(tx, account, 'workflow'));
    await store.within((tx) => statuses.recordCancellation(tx, account, 'workflow'));
    expect(await documentOf(store, account)).toMatchObject({
      document: {
        brands: { [brands.a]: 'pending', [brands.b]: 'recent-messages-migrated', [brands.c]: 'pending' },
        channels: { [channel]: 'pending' },
      },
    });
    const remembered = await rememberedOf(store, account);
    expect(remembered).toMatchObject({ cancelled: { by: 'operator' } });
    expect(remembered).not.toHaveProperty('started');
  });

  test('is cleared by the next start', async () => {
    await addRows(store, account, { [brand]: [] });
    await leadBrand(store, account, brand, ['migrating']);
    await store.within((tx) => statuses.recordCancellation(tx, account, 'operator'));
    expect(await documentOf(store, account)).toMatchObject({ document: { status: 'pending' } });
    await store.within((tx) => statuses.beginStart(tx, account, 'app'));
    const remembered = await rememberedOf(store, account);
    expect(remembered).toMatchObject({ status: 'migrating', started: true });
    expect(remembered).not.toHaveProperty('cancelled');
  });
});

test('Pause and resume are idempotent', async () => {
  await addRows(store, account, { [brand]: [] });
  await leadBrand(store, account, brand, ['migrating']);
  await store.within((tx) => steerAccount(tx, account, 'pause', 'first'));
  await store.within((tx) => steerAccount(tx, account, 'pause', 'second'));
  expect(await rememberedOf(store, account)).toMatchObject({ status: 'migrating', paused: { by: 'first' } });
  await store.within((tx) => steerAccount(tx, account, 'resume'));
  await store.within((tx) => steerAccount(tx, account, 'resume'));
  expect(await rememberedOf(store, account)).not.toHaveProperty('paused');
});
