import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { storeError } from './errors.js';
import { isDue, type Migration, readMigrations, readRecords, SchemaError } from './migration-files.js';

export { SchemaError } from './migration-files.js';

/** Prisma's own lock key, so that `prisma migrate` and this function exclude each other. */
const PRISMA_MIGRATE_LOCK = 72707369;

/** Otherwise a role named `carryover` would use the schema of that name for its tables and this record. */
const TABLES_ARE_IN_PUBLIC = 'SET LOCAL search_path = public';

/** Prisma's own table, so that either tool can continue the other's work. */
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

export interface ApplyOptions {
  /** Default: the migrations shipped with this program. */
  readonly folder?: string | undefined;
  /** Called after each migration that this call applied. */
  readonly onApplied?: ((name: string) => void) | undefined;
}

/** The state of the store's schema, as names of migrations. */
export interface SchemaStanding {
  readonly applied: readonly string[];
  /** Not applied yet. */
  readonly pending: readonly string[];
  /** Recorded, but unknown to this program: applied by a newer version. */
  readonly newer: readonly string[];
}

/**
 * Applies all pending SQL migrations, each in one transaction, and answers their names. Concurrent calls wait for each other, and later ones find
 * nothing to do. Throws SchemaError if the file of an applied migration has changed or another program left one unfinished; CarryoverError
 * `StoreUnavailable` if PostgreSQL does not answer.
 */
export async function applyMigrations(
  databaseUrl: string,
  { folder, onApplied }: ApplyOptions = {},
): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(folder);
  return withClient(databaseUrl, async (client) => {
    const applied: string[] = [];
    for (const migration of migrations) {
      if (!(await applyOne(client, migration))) continue;
      applied.push(migration.name);
      onApplied?.(migration.name);
    }
    return { applied };
  });
}

/** Reads only. Throws what `applyMigrations` throws. */
export async function schemaStanding(databaseUrl: string, folder?: string): Promise<SchemaStanding> {
  const migrations = await readMigrations(folder);
  const records = await withClient(databaseUrl, readRecords);
  const known = new Set(migrations.map(({ name }) => name));
  const pending = migrations.filter((each) => isDue(each, records.get(each.name))).map(({ name }) => name);
  return {
    applied: [...known].filter((name) => records.has(name)),
    pending,
    newer: [...records.keys()].filter((name) => !known.has(name)),
  };
}

async function withClient<Result>(
  databaseUrl: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'carryover-migrate',
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => undefined); // The running query throws it.
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw error instanceof SchemaError ? error : storeError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** True if this call applied it. The lock ends with the transaction, so that a pooler cannot keep it. */
async function applyOne(client: pg.Client, migration: Migration): Promise<boolean> {
  await client.query('BEGIN');
  try {
    await client.query(`${TABLES_ARE_IN_PUBLIC}; SELECT pg_advisory_xact_lock(${PRISMA_MIGRATE_LOCK})`);
    await client.query(MIGRATIONS_TABLE);
    const due = isDue(migration, (await readRecords(client)).get(migration.name));
    if (due) await run(client, migration);
    await client.query('COMMIT');
    return due;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
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
        `Migration ${migration.name} cannot be applied to this database: ${said}. ${adviceFor(error.code)}`,
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

const INSUFFICIENT_PRIVILEGE = '42501';

function adviceFor(code: string): string {
  return code === INSUFFICIENT_PRIVILEGE
    ? 'Use the role that owns the schema, or grant it what is missing.'
    : 'Use an empty database, or one created by these migrations.';
}
