import { afterEach, beforeEach, expect, test } from 'vitest';
import { readChunk } from '../../../../gateways/store/conversations/check/held-by-threads.js';
import { findThreads } from '../../../../gateways/store/conversations/import/batches.js';
import { threadChunks } from '../../../../gateways/store/conversations/import/settle.js';
import { lookUpThreads } from '../../../../gateways/store/conversations/verify/held-threads.js';
import { openStore, type Store } from '../../../../gateways/store/sql/connect.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import { type FreshStore, freshStore } from '../fresh-store.js';

const THREADS = 20_000;
const PAGE = 1_000;

let store: FreshStore;
/** One connection, so that its statistics are its own. */
let reader: Store;

beforeEach(async () => {
  store = await freshStore();
  await store.pool.query(`
    INSERT INTO message_threads (brand_id, contact_id, pair_key, c1, c2, status)
      SELECT 1, n, 'pair_' || n, 'c1', 'c2', 'open' FROM generate_series(1, ${THREADS}) n;
    INSERT INTO contacts (account_id, identity) SELECT 1, 'contact_' || n FROM generate_series(1, ${THREADS}) n;
    INSERT INTO thread_sources (source_id, thread_id, kind, status)
      SELECT 'thr_' || id, id, 'sms', 'open' FROM message_threads;
    ANALYZE`);
  reader = openStore(store.url, { max: 1 });
});
afterEach(async () => {
  await reader.close();
  await store.close();
});

/** How many entries of indexes on threads the work has read. */
async function entriesRead(work: () => Promise<unknown>): Promise<number> {
  const before = await countedSoFar();
  await work();
  return (await countedSoFar()) - before;
}

async function countedSoFar(): Promise<number> {
  await reader.pool.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await reader.pool.query<{ read: number }>(
    `SELECT sum(idx_tup_read)::integer AS read FROM pg_stat_user_indexes WHERE relname IN ('message_threads', 'thread_sources', 'contacts')`,
  );
  return rows[0]?.read ?? 0;
}

const PAGE_OF_IDS = Array.from({ length: PAGE }, (_, n) => `thr_${1 + n * 7}`);

test('the threads of a page of messages are found without reading the others of the brand', async () => {
  const read = await entriesRead(async () => {
    expect((await findThreads(reader.pool, '1', PAGE_OF_IDS)).threadIds.size).toBe(PAGE);
  });
  expect(read).toBeGreaterThanOrEqual(PAGE);
  expect(read).toBeLessThanOrEqual(3 * PAGE);
});

test('each chunk of a check reads its own threads alone', async () => {
  const read = await entriesRead(() =>
    transaction(reader.pool, 'test', async (tx) => {
      const [first = '', second = ''] = await threadChunks(tx, '1');
      for (const chunk of [first, second])
        expect((await readChunk(tx, 'recent', chunk)).held.threads).toBe(100);
    }),
  );
  // The chunks are made by reading the brand once.
  expect(read).toBeLessThanOrEqual(THREADS + 1_000);
});

test('a verification looks up a page of threads without reading the others', async () => {
  const rows = PAGE_OF_IDS.map((sourceId) => ({
    sourceId,
    kind: 'sms' as const,
    status: 'open' as const,
    pairKey: sourceId.replace('thr_', 'pair_'),
    c1: 'c1',
    c2: 'c2',
    contactName: null,
    lastMessageAt: null,
    original: null,
    digest: 0n,
  }));
  const read = await entriesRead(async () => {
    const held = await lookUpThreads(reader.pool, '1', rows);
    expect(held.filter(({ source, rightThreadId }) => source?.threadId === rightThreadId)).toHaveLength(PAGE);
  });
  expect(read).toBeLessThanOrEqual(6 * PAGE);
});
