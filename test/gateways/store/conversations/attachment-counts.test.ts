import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  countAttachments,
  stalledAttachments,
  sumAttachments,
} from '../../../../gateways/store/conversations/attachments/attachment-counts.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import { retryFailedAttachments } from '../../../../gateways/store/conversations/attachments/attachments-retry.js';
import { type FreshStore, freshStore } from '../fresh-store.js';
import { systemClock } from '../../../../gateways/clock.js';

const DAY = 86_400_000;
let store: FreshStore;
beforeAll(async () => {
  store = await freshStore();
  await store.pool.query(`
    INSERT INTO accounts (source_id, name) VALUES ('acc_1', 'One'), ('acc_2', 'Two');
    INSERT INTO carryover.migrations (kind, subject, paused)
      VALUES ('conversations', 'acc_1', NULL), ('conversations', 'acc_2', '{"by":"ann"}');
    INSERT INTO brands (account_id, source_id, name) SELECT a.id, b, b
      FROM accounts a, unnest(ARRAY['br_1', 'br_2', 'br_3']) b
      WHERE (a.source_id = 'acc_2') = (b = 'br_3') ORDER BY b`);
  await add('br_1', 'stored', 4);
  await add('br_1', 'failed', 3);
  await add('br_1', 'new', 2, '2 days');
  await add('br_1', 'trying', 1, '3 hours');
  await add('br_2', 'new', 5, '1 hour');
  await add('br_3', 'trying', 1, '3 days');
});
afterAll(() => store?.close());

const STATES = {
  stored: [`'file:///x'`, 'NULL'],
  failed: ['NULL', `'{"final":true,"at":"2026-01-01T00:00:00.000Z"}'`],
  new: ['NULL', 'NULL'],
  trying: ['NULL', `'{"final":false}'`],
};

async function add(brand: string, state: keyof typeof STATES, count: number, ago = '9 days') {
  const [url, error] = STATES[state];
  await store.pool.query(
    `INSERT INTO attachments (message_id, brand_id, source_id, source_url, stored_url, error, waiting_since)
     SELECT n, b.id, gen_random_uuid()::text, 'http://files.example/x', ${url}, ${error}::jsonb, now() - $3::interval
     FROM brands b, generate_series(1, $2::integer) n WHERE b.source_id = $1`,
    [brand, count, ago],
  );
}

const hoursAgo = (date: Date | null) => Math.round((systemClock.now() - (date?.getTime() ?? 0)) / 3_600_000);

test('attachments are counted by brand and account, with the longest wait', async () => {
  const brands = await countAttachments(store, 'acc_1');
  expect(brands).toEqual([
    { brandId: 'br_1', all: 10, stored: 4, failed: 3, waiting: 3, waitingSince: expect.any(Date) },
    { brandId: 'br_2', all: 5, stored: 0, failed: 0, waiting: 5, waitingSince: expect.any(Date) },
  ]);
  expect(brands.map(({ waitingSince }) => hoursAgo(waitingSince))).toEqual([48, 1]);
  expect(sumAttachments(brands)).toEqual({
    all: 15,
    stored: 4,
    failed: 3,
    waiting: 8,
    waitingSince: brands[0]?.waitingSince,
  });
  expect(await countAttachments(store, 'acc_9')).toEqual([]);
});

test('attachments that have waited for a day are found, with whether their migration is halted', async () => {
  const [first, second, ...more] = await stalledAttachments(store, DAY);
  expect(first).toMatchObject({ accountId: 'acc_2', brandId: 'br_3', count: 1, halted: true });
  expect(second).toMatchObject({ accountId: 'acc_1', brandId: 'br_1', count: 2, halted: false });
  expect(hoursAgo(second?.waitingSince ?? null)).toBe(48);
  expect(more).toEqual([]);
  expect(await stalledAttachments(store, DAY, 'acc_1')).toEqual([second]);
});

test('a retried attachment waits from then on', async () => {
  await add('br_2', 'failed', 1);
  expect(
    await transaction(store.control, 'test', (tx) =>
      retryFailedAttachments(tx, 'acc_1', { brandId: 'br_2' }),
    ),
  ).toBe(1);
  const brands = await countAttachments(store, 'acc_1');
  expect(brands[1]).toMatchObject({ failed: 0, waiting: 6 });
  expect(await stalledAttachments(store, DAY, 'acc_1')).toHaveLength(1);
});
