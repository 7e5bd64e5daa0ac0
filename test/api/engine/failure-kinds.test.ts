import { expect, test } from 'vitest';
import type { FailureEntry } from '../../../domain/engine/failures/failed-things.js';
import type { MigrationPayload } from '../../../domain/conversations/payload.js';
import type { Report } from '../../../domain/conversations/report.js';
import { takePayload } from '../../../gateways/store/conversations/account/preparations.js';
import { provisionChannels } from '../../../gateways/store/conversations/account/channels.js';
import * as statuses from '../../../gateways/store/conversations/status/statuses.js';
import { clock, failingAccounts } from './failing-accounts.js';

const { started, within, get, world } = failingAccounts();

test('recent messages that fail repeatedly stay one failure, also while a start is under way', async () => {
  const { accountId, brandId, start, fail, become, entries } = await started();
  await fail('recent', '2026-01-01T00:05:00Z');
  await fail('recent', '2026-01-01T00:05:01Z');
  for (const minute of [6, 7, 8]) {
    await start(`2026-01-01T00:0${minute}:00Z`);
    expect(await entries()).toMatchObject([{ since: '2026-01-01T00:05:00.000Z', times: minute - 5 }]);
    await fail('recent', `2026-01-01T00:0${minute}:30Z`, minute === 7 ? 'CheckUnequal' : 'StoreUnavailable');
  }
  expect(await entries('recent-messages')).toMatchObject([
    {
      kind: 'recent-messages',
      account_id: accountId,
      brand_id: brandId,
      what: `recent messages of brand ${brandId}`,
      since: '2026-01-01T00:05:00.000Z',
      times: 4,
      message: 'StoreUnavailable at 2026-01-01T00:08:30Z',
      next_step: expect.stringContaining('PostgreSQL'),
      command: `carryover retry ${accountId}`,
    },
  ]);
  const { counts } = await get<Report>('/v2/report');
  expect(counts).toMatchObject({ 'recent-messages': 1, brand: 0, 'remaining-messages': 0, verification: 0 });

  await start('2026-01-01T00:09:00Z');
  await become('recent-messages-migrated');
  expect(await entries()).toEqual([]);
});

test('an unequal check recommends the repair', async () => {
  const { accountId, fail, entries } = await started();
  await fail('recent', '2026-01-01T00:05:00Z', 'CheckUnequal');
  expect(await entries()).toMatchObject([{ command: `carryover verify ${accountId} --repair` }]);
  await within((tx) => statuses.recordCancellation(tx, accountId, 'ann'));
  expect(await entries()).toEqual([]);
});

test('remaining messages stay a failure until all are imported', async () => {
  const { start, fail, become, entries } = await started();
  await become('recent-messages-migrated');
  await fail('remaining', '2026-01-01T00:05:00Z');
  await start('2026-01-01T00:06:00Z');
  expect(await entries()).toMatchObject([{ kind: 'remaining-messages', times: 1 }]);
  await become('all-messages-migrated');
  expect(await entries()).toEqual([]);
});

test('a brand whose channels could not be created is a failure until they are', async () => {
  const { accountId, brandId, start, fail, entries } = await started();
  await fail('channels', '2026-01-01T00:05:00Z', 'ChannelImpossible');
  await start('2026-01-01T00:06:00Z');
  expect(await entries()).toMatchObject([
    { kind: 'brand', what: `brand ${brandId}`, since: '2026-01-01T00:05:00.000Z', times: 1 },
  ]);
  await provisionChannels(world().store, { accountId, brandId }, []);
  expect(await entries()).toEqual([]);
});

test('a closed account is a failure until its payload is accepted', async () => {
  const { accountId, start, entries } = await started();
  const closed = { type: 'AccountClosed', message: 'closed' } as const;
  await within((tx) => statuses.recordAccountFailure(tx, accountId, closed, clock('2026-01-02T00:00:00Z')));
  await start('2026-01-02T00:01:00Z');
  expect(await entries()).toMatchObject([
    { kind: 'brand', brand_id: '', what: `account ${accountId}`, since: '2026-01-02T00:00:00.000Z' },
  ]);
  await takePayload(world().store, world().conversations.payloads.get(accountId) as MigrationPayload, 30);
  expect(await entries()).toEqual([]);
});

test('a brand that belongs to another account stays one failure through all starts', async () => {
  const owner = await started();
  const { accountId, entries, start } = await started();
  const payload = world().conversations.payloads.get(accountId) as MigrationPayload;
  const foreign = {
    ...payload,
    brands: [...payload.brands, { ...payload.brands[0]!, brand_id: owner.brandId, channels: [] }],
  };
  await takePayload(world().store, foreign, 30, clock('2026-01-02T00:00:00Z'));
  await start('2026-01-02T00:01:00Z');
  const expected = { kind: 'brand', brand_id: owner.brandId, since: '2026-01-02T00:00:00.000Z' };
  expect(await entries()).toMatchObject([{ ...expected, times: 1 }]);
  await takePayload(world().store, foreign, 30, clock('2026-01-02T00:02:00Z'));
  expect(await entries()).toMatchObject([{ ...expected, times: 2 }]);
});

test('all failures of the kind brand are on one page', async () => {
  for (const failing of [await started(), await started()])
    await failing.fail('channels', '2026-01-01T00:05:00Z', 'ChannelImpossible');
  const all = (await get<{ failures: FailureEntry[] }>('/v2/failures?kind=brand')).failures;
  expect(all.length).toBeGreaterThan(2);
  const paged: FailureEntry[] = [];
  let cursor: string | null = '';
  do {
    const page: { failures: FailureEntry[]; next_cursor: string | null } = await get(
      `/v2/failures?kind=brand&limit=1${cursor ? `&cursor=${cursor}` : ''}`,
    );
    paged.push(...page.failures);
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect(paged).toEqual(all);
});
