import { createHash } from 'node:crypto';
import { appendFile, cp, mkdir, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyMigrations, SchemaError } from '../../../../gateways/store/sql/migrate.js';
import { emptyDatabase } from '../fresh-store.js';

let database: Awaited<ReturnType<typeof emptyDatabase>>;
beforeEach(async () => {
  database = await emptyDatabase();
});
afterEach(() => database.drop());

async function query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('Applying migrations', () => {
  test('creates the schema once and keeps Prisma’s record of it', async () => {
    const first = await applyMigrations(database.url);
    expect(first.applied.length).toBeGreaterThan(0);
    expect(await applyMigrations(database.url)).toEqual({ applied: [] });

    const records = await query<Record<string, unknown>>(
      'SELECT * FROM _prisma_migrations ORDER BY migration_name',
    );
    expect(records.map((record) => record['migration_name'])).toEqual(first.applied);
    for (const record of records) {
      const file = await readFile(
        join('prisma/migrations', String(record['migration_name']), 'migration.sql'),
      );
      expect(record).toMatchObject({
        checksum: createHash('sha256').update(file).digest('hex'),
        applied_steps_count: 1,
        logs: null,
        rolled_back_at: null,
      });
      expect(record['finished_at']).toBeInstanceOf(Date);
      expect(record['started_at']).toBeInstanceOf(Date);
      expect(String(record['id'])).toHaveLength(36);
    }
  });

  test('applies each migration once when several processes start at the same time', async () => {
    const runs = await Promise.all([1, 2, 3, 4].map(() => applyMigrations(database.url)));
    const all = (await readdir('prisma/migrations', { withFileTypes: true })).filter((entry) =>
      entry.isDirectory(),
    );
    expect(runs.flatMap((run) => run.applied).toSorted()).toEqual(all.map((entry) => entry.name).toSorted());
  });

  test('refuses a file that was changed after it was applied', async () => {
    const folder = await copyOfMigrations();
    const { applied } = await applyMigrations(database.url, { folder });
    await appendFile(join(folder, applied[0] ?? '', 'migration.sql'), '\n-- one more thought\n');
    await expect(applyMigrations(database.url, { folder })).rejects.toThrow(SchemaError);
    await expect(applyMigrations(database.url, { folder })).rejects.toThrow(/file has changed/);
  });

  test('leaves nothing behind of a failed migration, and continues once it is fixed', async () => {
    const folder = await copyOfMigrations();
    const later = join(folder, '29990101000000_later');
    await mkdir(later);
    await writeFile(join(later, 'migration.sql'), 'CREATE TABLE later (id bigint); SELECT nothing_such();');
    await expect(applyMigrations(database.url, { folder })).rejects.toThrow(
      /29990101000000_later cannot be applied/,
    );
    expect(await query(`SELECT to_regclass('later')::text AS name`)).toEqual([{ name: null }]);

    await writeFile(join(later, 'migration.sql'), 'CREATE TABLE later (id bigint);');
    expect(await applyMigrations(database.url, { folder })).toEqual({ applied: ['29990101000000_later'] });
  });

  test('refuses to continue after a migration that another program left unfinished', async () => {
    const { applied } = await applyMigrations(database.url);
    await query('UPDATE _prisma_migrations SET finished_at = NULL, applied_steps_count = 0');
    await expect(applyMigrations(database.url)).rejects.toThrow(`${applied[0]} was started but not finished`);
  });

  test('a role named carryover, like the schema, keeps its tables in public', async () => {
    expect(new URL(database.url).username).toBe('carryover');
    await applyMigrations(database.url);
    expect(await applyMigrations(database.url)).toEqual({ applied: [] });
    expect(await query(`SELECT tablename FROM pg_tables WHERE schemaname = 'carryover' ORDER BY 1`)).toEqual(
      [
        'alert_deliveries',
        'alert_looks',
        'alerts',
        'app_polls',
        'audit_entries',
        'certificates',
        'files_to_remove',
        'follow_shards',
        'follow_tables',
        'followed_accounts',
        'followed_brands',
        'followed_keys',
        'followings',
        'migrations',
        'onboarding_requests',
        'onboarding_results',
        'phases',
        'polled_brands',
        'porting_callbacks',
        'removed_records',
        'retries',
        'sessions',
        'sign_in_codes',
        'signing_keys',
        'status_documents',
        'store_identity',
        'superseded_copies',
        'tallies',
        'units',
        'verification_differences',
        'verification_marks',
        'verification_units',
        'verifications',
        'waiting_hints',
        'wave_members',
        'waves',
        'work',
        'workflow_messages',
      ].map((tablename) => ({ tablename })),
    );
  });

  test('says that the store is unavailable when nothing listens', async () => {
    await expect(applyMigrations('postgres://postgres@127.0.0.1:1/none')).rejects.toMatchObject({
      type: 'StoreUnavailable',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
  });
});

async function copyOfMigrations(): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), 'carryover-migrations-')), 'migrations');
  await cp('prisma/migrations', folder, { recursive: true });
  return folder;
}
