import type pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  countAttachments,
  stalledAttachments,
} from '../../../../gateways/store/conversations/attachments/attachment-counts.js';
import {
  claimAttachments,
  countAttachmentsLeft,
} from '../../../../gateways/store/conversations/attachments/attachments.js';
import { comparedWith, readBeside } from '../../../../gateways/store/conversations/check/compared.js';
import { retryFailedAttachments } from '../../../../gateways/store/conversations/attachments/attachments-retry.js';
import { findAlike } from '../../../../gateways/store/conversations/verify/alike-messages.js';
import type { Store } from '../../../../gateways/store/sql/connect.js';
import type { Transaction } from '../../../../gateways/store/sql/transaction.js';
import { type FreshStore, freshStore } from '../fresh-store.js';

const MANY = 20_000;
/** Rows that may be read for a few that are sought. */
const FEW = 200;
const TERMS = { limit: 5, leaseMs: 600_000, pausesMs: [60_000, 300_000, 1_800_000, 7_200_000] };
const NO_SIDE = {
  messages: 0,
  messagesDigest: '0',
  attachments: 0,
  attachmentsDigest: '0',
  threads: 0,
  threadsDigest: '0',
  quarantinedThreads: 0,
};
const NOTHING_HELD = { threads: 0, messages: 0, messagesDigest: 0n, sources: 0, sourcesDigest: 0n, hash: '' };

let store: FreshStore;
beforeEach(async () => {
  store = await freshStore();
  await store.pool.query(`
    INSERT INTO accounts (source_id, name) VALUES ('acc_1', 'One'), ('acc_2', 'Two');
    INSERT INTO brands (account_id, source_id, name)
      SELECT a.id, b.source_id, b.source_id FROM generate_series(1, 20) n
      CROSS JOIN LATERAL (SELECT CASE n WHEN 1 THEN 'br_1' ELSE 'other_' || n END AS source_id) b
      JOIN accounts a ON a.source_id = CASE n WHEN 1 THEN 'acc_1' ELSE 'acc_2' END ORDER BY n`);
  await add('br_1', 'NULL', 10);
  // The statistics of tables that were small.
  await store.pool.query('ANALYZE');
});
afterEach(() => store?.close());

/** Messages of the brands whose ids are like that, each with an attachment; `more`: its tries, and when the last one was. */
async function add(brands: string, error: string, count: number, more = ''): Promise<void> {
  await store.pool.query(
    `WITH b AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS all FROM brands WHERE source_id LIKE $1
     ), m AS (
       INSERT INTO messages (thread_id, source_id, direction, kind, sent_at, source_key, source_thread_id)
       SELECT 1, gen_random_uuid()::text, 'in', 'text', '2026-01-01Z', '', '' FROM generate_series(1, $2::integer)
       RETURNING id)
     INSERT INTO attachments (message_id, brand_id, source_id, source_url, error${more && ', tries, tried_at'})
     SELECT m.id, b.id, 'att', 'http://files.example/x', ${error}${more} FROM m JOIN b ON b.n = m.id % b.all`,
    [brands, count],
  );
}

/** How many rows of attachments and messages the work has read, by whatever plan. */
async function rowsRead(work: (store: Pick<Store, 'pool'>, connection: pg.PoolClient) => Promise<unknown>) {
  const connection = await store.pool.connect();
  try {
    await connection.query('BEGIN');
    // Includes earlier reads that the session has not reported yet.
    const before = await countedBy(connection);
    await work({ pool: connection as unknown as pg.Pool }, connection);
    return (await countedBy(connection)) - before;
  } finally {
    await connection.query('ROLLBACK');
    connection.release();
  }
}

async function countedBy(connection: pg.PoolClient): Promise<number> {
  const { rows } = await connection.query<{ read: number }>(
    `SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::integer AS read FROM pg_stat_xact_user_tables
     WHERE relname IN ('attachments', 'messages')`,
  );
  return rows[0]?.read ?? 0;
}

const AT = `'{"final":false,"at":"2026-01-01T00:00:00.000Z"}'::jsonb`;
const PAUSED = `jsonb_build_object('final', false, 'at', now())`;

test.each([
  ['failed for good', `'{"final":true}'::jsonb`, ''],
  ['are between two tries', PAUSED, ', 3, now()'],
])('a claim does not scan files that %s', async (_what, error, more) => {
  await add('br_1', error, MANY, more);
  let claimed: unknown[] = [];
  const read = await rowsRead(async (own) => (claimed = await claimAttachments(own, 'br_1', TERMS)));
  expect(claimed).toHaveLength(5);
  expect(read).toBeLessThan(FEW);
});

test('counting waiting files does not scan failed or stored ones', async () => {
  await add('br_1', `'{"final":true}'::jsonb`, MANY);
  await add('br_1', 'NULL', MANY);
  await store.pool.query(`UPDATE attachments SET stored_url = 'file:///x' WHERE error IS NULL AND id > 10`);
  await store.pool.query('ANALYZE');
  expect(await rowsRead((own) => countAttachmentsLeft(own, 'br_1'))).toBeLessThan(FEW);
});

test('a retry of failed files does not scan stored ones', async () => {
  await add('br_1', 'NULL', MANY);
  await store.pool.query(`UPDATE attachments SET stored_url = 'file:///x'`);
  await add('br_1', `'{"final":true,"at":"2026-01-01T00:00:00.000Z"}'::jsonb`, 3);
  await add('br_1', AT, 2, `, 1, '2026-01-01Z'`);
  const retried = await rowsRead(async (own) => {
    expect(await retryFailedAttachments(own.pool as unknown as Transaction, 'acc_1', {})).toBe(5);
  });
  expect(retried).toBeLessThan(FEW);
});

test('a file whose pause is over is claimed, however often it was tried, and one whose pause is not over is not', async () => {
  await add('br_1', PAUSED, 3, ', 1, now()');
  await add('br_1', AT, 3, `, 1, '2026-01-01Z'`);
  await add('br_1', AT, 3, `, 7, '2026-01-01Z'`);
  const claimed = await claimAttachments(store, 'br_1', { ...TERMS, limit: 100 });
  expect(claimed.map(({ tries }) => tries).toSorted((a, b) => a - b)).toEqual([
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 7, 7, 7,
  ]);
});

test("a brand's check reads its own attachments, not those of all accounts", async () => {
  await add('other_%', 'NULL', MANY);
  const { rows } = await store.pool.query<{ id: string }>(`SELECT id FROM brands WHERE source_id = 'br_1'`);
  let attachments = 0;
  const read = await rowsRead(async (_store, connection) => {
    const beside = await readBeside(connection as unknown as Transaction, { brandId: rows[0]!.id });
    ({ attachments } = comparedWith(NO_SIDE, NOTHING_HELD, beside).store);
  });
  expect(attachments).toBe(10);
  expect(read).toBeLessThan(FEW);
});

test('a verification compares a page of messages with their attachments without reading others', async () => {
  const { rows } = await store.pool.query<Record<'source_id' | 'digest' | 'files_digest', string>>(
    `SELECT m.source_id, message_digest(m) AS digest, attachment_digest(m.source_id, a) AS files_digest
     FROM messages m JOIN attachments a ON a.message_id = m.id ORDER BY m.id`,
  );
  await add('other_%', 'NULL', MANY);
  const briefOf = (row: (typeof rows)[number]) => ({
    sourceId: row.source_id,
    sourceThreadId: '',
    digest: BigInt(row.digest),
    attachments: [{ sourceId: 'att', url: 'http://files.example/x', contentType: null, fileName: null }],
    attachmentsDigest: BigInt(row.files_digest),
  });
  const sought = rows.map((row) => ({ brief: briefOf(row), threadId: '1' }));
  const changed = rows.map((row, n) => ({
    brief: { ...briefOf(row), ...(n % 2 === 0 ? { attachmentsDigest: 1n } : { attachments: [] }) },
    threadId: '1',
  }));
  const elsewhere = sought.map(({ brief }, n) => ({ brief, threadId: n % 2 === 0 ? '2' : undefined }));
  const read = await rowsRead(async ({ pool }) => {
    expect(await findAlike(pool, sought)).toEqual(sought.map(() => expect.stringMatching(/^\d+$/)));
    expect(await findAlike(pool, changed)).toEqual(sought.map(() => undefined));
    expect(await findAlike(pool, elsewhere)).toEqual(sought.map(() => undefined));
  });
  expect(read).toBeLessThan(FEW);
});

test('counts and stalled attachments are found without scanning other brands or finished ones', async () => {
  await add('other_%', 'NULL', MANY);
  await store.pool.query(`UPDATE attachments SET waiting_since = now() - interval '2 days'
    WHERE brand_id = (SELECT id FROM brands WHERE source_id = 'br_1')`);
  await store.pool.query('ANALYZE');
  expect(await rowsRead((own) => countAttachments(own, 'acc_1'))).toBeLessThan(FEW);
  expect(await rowsRead((own) => stalledAttachments(own, 86_400_000))).toBeLessThan(FEW);
});
