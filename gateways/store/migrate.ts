import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { storeError } from './errors.js';

/** Prisma's own key: its `migrate deploy` and this applier shut each other out. */
const PRISMA_MIGRATE_LOCK = 72707369;

/** Exactly the table that Prisma keeps, so that `prisma migrate deploy` can take over at any time. */
const MIGRATIONS_TABLE = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  varchar(36) PRIMARY KEY NOT NULL,
    checksum            varchar(64) NOT NULL,
    finished_at         timestamptz,
    migration_name      varchar(255) NOT NULL,
    logs                text,
    rolled_back_at      timestamptz,
    started_at          timestamptz NOT NULL DEFAULT now(),
    applied_steps_count integer NOT NULL DEFAULT 0
  )`;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** The store's schema is not what this program's migrations make; no repetition mends it. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

/**
 * Brings the store's schema up to date; answers the names of the migrations that this call applied. Each is applied as a
 * whole or not at all. Several callers at once are harmless: they wait for each other, and the later ones find nothing to
 * do. Throws SchemaError when an applied migration's file has changed, or one was left half done by another program;
 * CarryoverError `StoreUnavailable` when PostgreSQL does not answer.
 */
export async function applyMigrations(
  databaseUrl: string,
  folder = migrationsFolder(),
): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(folder);
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'carryover-migrate',
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => undefined); // The query that is under way throws it.
  const applied: string[] = [];
  try {
    await client.connect();
    for (const migration of migrations) {
      if (await applyOne(client, migration)) applied.push(migration.name);
    }
    return { applied };
  } catch (error) {
    throw error instanceof SchemaError ? error : storeError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Beside the sources, and one folder up from the compiled tree, which holds no SQL. */
function migrationsFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'prisma', 'migrations');
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) {
      throw new SchemaError(
        `No folder prisma/migrations above ${import.meta.dirname}: the installation is not complete.`,
      );
    }
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.toSorted().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** True when it was applied now. The lock ends with the transaction, so that a pooler in between cannot keep it. */
async function applyOne(client: pg.Client, migration: Migration): Promise<boolean> {
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [PRISMA_MIGRATE_LOCK]);
    await client.query(MIGRATIONS_TABLE);
    const due = await isDue(client, migration);
    if (due) await run(client, migration);
    await client.query('COMMIT');
    return due;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function isDue(client: pg.Client, migration: Migration): Promise<boolean> {
  const { rows } = await client.query<{ checksum: string; finished_at: Date | null }>(
    `SELECT checksum, finished_at FROM _prisma_migrations
     WHERE migration_name = $1 AND rolled_back_at IS NULL ORDER BY started_at DESC LIMIT 1`,
    [migration.name],
  );
  const record = rows[0];
  if (!record) return true;
  if (!record.finished_at) {
    throw new SchemaError(
      `Migration ${migration.name} was begun and not finished. Mend the schema by hand, then run ` +
        `"prisma migrate resolve" for it.`,
    );
  }
  if (record.checksum !== migration.checksum) {
    throw new SchemaError(
      `Migration ${migration.name} has been applied, but its file has changed since. Restore the file; ` +
        `put the change into a migration of its own.`,
    );
  }
  return false;
}

async function run(client: pg.Client, migration: Migration): Promise<void> {
  const id = randomUUID();
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at) VALUES ($1, $2, $3, clock_timestamp())`,
    [id, migration.checksum, migration.name],
  );
  try {
    await client.query(migration.sql);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    if (error instanceof pg.DatabaseError && error.code?.startsWith('42')) {
      throw new SchemaError(
        `Migration ${migration.name} cannot be applied to this database: ${said}. Use an empty database, or one that ` +
          `these migrations made.`,
        { cause: error },
      );
    }
    throw error;
  }
  await client.query(
    `UPDATE _prisma_migrations SET finished_at = clock_timestamp(), applied_steps_count = 1 WHERE id = $1`,
    [id],
  );
}
