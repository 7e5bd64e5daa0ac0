import type pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findBrand } from '../../../../gateways/store/conversations/import/brand.js';
import { cleanQuarantine } from '../../../../gateways/store/conversations/import/cleanup.js';
import type { Pool } from '../../../../gateways/store/sql/transaction.js';
import { ImportWorld } from './import-world.js';
import { messageItem, threadItem } from './source-items.js';

const [A, B] = ['br_1_1', 'br_1_2'] as const;
const OTHERS = Array.from({ length: 200 }, (_, n) => `br_1_other${n}`);
const AT = '2026-10-15T12:00:00.000Z';
const LATER = '2026-10-20T12:00:00.000Z';

let world: ImportWorld;

beforeEach(async () => {
  world = await ImportWorld.open();
  await world.account('acc_1', A, B, ...OTHERS);
  await world.put('threads', [threadItem(A, 'thr_a'), threadItem(B, 'thr_b')]);
});

afterEach(() => world.close());

/** Rows of each table that transactions of the pool have read. */
function counting(pool: pg.Pool): { readonly pool: Pool; readonly read: Map<string, number> } {
  const read = new Map<string, number>();
  const connect = async () => {
    const connection = await pool.connect();
    const count = async (sign: 1 | -1): Promise<void> => {
      const { rows } = await connection.query<{ table: string; read: number }>(
        `SELECT relname AS table, (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::integer AS read
         FROM pg_stat_xact_user_tables WHERE schemaname = 'public'`,
      );
      for (const row of rows) read.set(row.table, (read.get(row.table) ?? 0) + sign * row.read);
    };
    const query = async (text: unknown, values?: unknown) => {
      if (text === 'COMMIT') await count(1);
      const result = await connection.query(text as string, values as unknown[]);
      // Includes earlier transactions that the session has not reported yet. It reports nothing before the transaction ends.
      if (String(text).startsWith('BEGIN')) await count(-1);
      return result;
    };
    return new Proxy(connection, {
      get: (target, name) => {
        if (name === 'query') return query;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  return { pool: { connect, query: pool.query.bind(pool) }, read };
}

test('settling the quarantine of a phase reads only its own records', async () => {
  await world.query(
    `INSERT INTO quarantined_records (account_source_id, brand_id, phase, source_table, source_key, source_key_hash, range_key,
       source_id, identity, reason)
     SELECT 'acc_1', b.id, 'recent', 'messages', 'thr/' || record.id, 'hash ' || record.id, record.id, record.id,
       encode(sha256(convert_to(record.id, 'UTF8')), 'hex'), 'none'
     FROM brands b, generate_series(1, 20) n, concat(b.source_id, '#', n) AS record (id) WHERE b.source_id LIKE 'br_1_other%'`,
  );
  await world.put('messages', [
    messageItem(A, 'thr_a', 'msg_1', AT),
    messageItem(A, 'thr_a', 'msg_2', AT, { direction: 'up' }),
    // Taken by A, and B's copy of it cannot be.
    messageItem(A, 'thr_a', 'msg_twice', LATER),
    messageItem(B, 'thr_b', 'msg_twice', AT, { direction: 'up' }),
    messageItem(B, 'thr_b', 'msg_foreign', AT, { account_id: 'acc_2' }),
    messageItem(A, 'thr_a', 'msg_foreign', LATER),
  ]);
  await world.importPhase(B, 'recent');
  await world.complete(B, 'recent');
  await world.importPhase(A, 'recent');

  const { pool, read } = counting(world.pool);
  const brand = await findBrand(world.pool, { accountId: 'acc_1', brandId: A });
  await cleanQuarantine(pool, brand, 'recent');
  expect(Object.keys(await world.reasons()).filter((key) => !key.startsWith('thr/'))).toEqual([
    `thr_a/${AT}#msg_2`,
  ]);
  const few = 60;
  for (const table of ['quarantined_records', 'messages', 'message_threads', 'brands'])
    expect(read.get(table) ?? 0, table).toBeLessThanOrEqual(few);
  expect(read.get('quarantined_records')).toBeGreaterThan(0);
  await world.complete(A, 'recent');
});
