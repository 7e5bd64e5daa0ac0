import { afterEach, beforeEach, expect, test } from 'vitest';
import { rememberThreads } from '../../../../activities/conversations/import/remembered-threads.js';
import { openStore, type Store } from '../../../../gateways/store/sql/connect.js';
import { type FreshStore, freshStore } from '../../../gateways/store/fresh-store.js';

let store: FreshStore;
/** One connection, so that its statistics are its own. */
let reader: Store;
let brandId: string;

beforeEach(async () => {
  store = await freshStore();
  const { rows } = await store.pool.query<{ id: string }>(`
    WITH a AS (INSERT INTO accounts (source_id, name) VALUES ('acc', 'acc') RETURNING id)
    INSERT INTO brands (account_id, source_id, name) SELECT id, 'brand', 'brand' FROM a RETURNING id`);
  brandId = rows[0]?.id ?? '';
  await store.pool.query(
    `INSERT INTO message_threads (brand_id, contact_id, pair_key, c1, c2, status)
     SELECT $1, n, 'pair_' || n, 'c1', 'c2', 'open' FROM generate_series(1, 4) n`,
    [brandId],
  );
  await store.pool.query(
    `INSERT INTO thread_sources (source_id, thread_id, kind, status)
     SELECT 'thr_' || id, id, 'sms', 'open' FROM message_threads WHERE id < 4`,
  );
  reader = openStore(store.url, { max: 1 });
});
afterEach(async () => {
  await reader.close();
  await store.close();
});

/** How often the reader has looked for a source thread. */
async function lookUps(): Promise<number> {
  await reader.pool.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await reader.pool.query<{ scans: number }>(
    `SELECT idx_scan::integer AS scans FROM pg_stat_user_indexes WHERE indexrelname = 'thread_sources_pkey'`,
  );
  return rows[0]?.scans ?? 0;
}

test('a thread that was found is not looked up again, and one that was not found is', async () => {
  const find = rememberThreads(reader.pool, brandId);
  expect((await find(['thr_1', 'thr_2', 'thr_4'])).threadIds).toEqual(
    new Map([
      ['thr_1', '1'],
      ['thr_2', '2'],
    ]),
  );
  await store.pool.query(`INSERT INTO thread_sources VALUES ('thr_4', 4, 'sms', 'open')`);

  const before = await lookUps();
  const { threadIds } = await find(['thr_1', 'thr_2', 'thr_4']);
  expect((await lookUps()) - before).toBe(1);
  expect(threadIds.get('thr_1')).toBe('1');
  expect(threadIds.get('thr_4')).toBe('4');
});

test('all threads are forgotten once following has taken one away from its thread', async () => {
  const find = rememberThreads(reader.pool, brandId);
  await find(['thr_1', 'thr_2']);
  await store.pool.query(`UPDATE thread_sources SET thread_id = 4 WHERE source_id = 'thr_2'`);
  await store.pool.query(
    `INSERT INTO carryover.followings (brand_id, applied, displaced) VALUES ($1, 7, 5)`,
    [brandId],
  );

  const { threadIds, applied } = await find(['thr_1', 'thr_2']);
  expect(threadIds.get('thr_2')).toBe('4');
  expect(applied).toBe('7');
  const before = await lookUps();
  await find(['thr_1', 'thr_2']);
  expect((await lookUps()) - before).toBe(0);
});

test('threads stay known while following takes none away, and where it stands is current', async () => {
  const find = rememberThreads(reader.pool, brandId);
  await find(['thr_1']);
  await store.pool.query(
    `INSERT INTO carryover.followings (brand_id, applied, displaced) VALUES ($1, 3, 0)`,
    [brandId],
  );
  const before = await lookUps();
  expect((await find(['thr_1'])).applied).toBe('3');
  expect((await lookUps()) - before).toBe(0);
});
