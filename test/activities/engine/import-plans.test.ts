import pg from 'pg';
import { expect, test } from 'vitest';
import { ImportWorld } from '../conversations/import/import-world.js';
import { messageItem, threadItem } from '../conversations/import/source-items.js';

const [SMALL, LARGE] = ['br_1_1', 'br_1_2'];
const AT = '2026-10-15T12:00:00.000Z';
const THREADS = 300;
const END_OTHERS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;

test('an import is planned by indexes, also where statistics say that the tables are small', async () => {
  const world = await ImportWorld.open();
  const observer = new pg.Client({ connectionString: world.databaseUrl });
  try {
    await observer.connect();
    const before = await rowsRead(observer);
    await world.account('acc_1', SMALL, LARGE);
    await put(world, SMALL, 2);
    await migrate(world, SMALL);
    await world.query('ANALYZE');
    await put(world, LARGE, THREADS);
    await migrate(world, LARGE);
    const after = await rowsRead(observer);
    expect(after.size).toBe(4);
    // A whole reading for each thread would be tens of thousands.
    for (const [table, read] of after)
      expect(read - (before.get(table) ?? 0), table).toBeLessThanOrEqual(10 * THREADS);
  } finally {
    await observer.end();
    await world.close();
  }
});

/** Rows that were ever read by sequential scans, by table. A database that another test has emptied still counts that test's. */
async function rowsRead(observer: pg.Client): Promise<ReadonlyMap<string, number>> {
  // Sessions report their reads when they end.
  await expect.poll(async () => (await observer.query(END_OTHERS)).rowCount, { interval: 50 }).toBe(0);
  const { rows } = await observer.query<{ table: string; read: number }>(
    `SELECT relname AS table, seq_tup_read::int AS read FROM pg_stat_user_tables
     WHERE relname IN ('messages', 'message_threads', 'thread_sources', 'contacts')`,
  );
  return new Map(rows.map(({ table, read }) => [table, read]));
}

async function put(world: ImportWorld, brandId: string, threads: number): Promise<void> {
  const names = Array.from({ length: threads }, (_, n) => `thr_${brandId}_${n}`);
  await world.put(
    'threads',
    names.map((name) => threadItem(brandId, name)),
  );
  await world.put(
    'messages',
    names.flatMap((name) => [1, 2].map((n) => messageItem(brandId, name, `${name}_${n}`, AT))),
  );
}

async function migrate(world: ImportWorld, brandId: string): Promise<void> {
  await world.importPhase(brandId, 'recent');
  await world.complete(brandId, 'recent');
}
