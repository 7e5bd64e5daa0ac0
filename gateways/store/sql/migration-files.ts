import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type pg from 'pg';

/** A migration as shipped: a folder of prisma/migrations. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** The store's latest record of a migration. */
export interface MigrationRecord {
  readonly checksum: string;
  /** Null while a program applies it, or after that program died. */
  readonly finishedAt: Date | null;
}

/** The store's schema does not match this program's migrations. A retry cannot fix that. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

/** In the order in which they are applied. */
export async function readMigrations(folder = migrationsFolder()): Promise<readonly Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.toSorted().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** By name. Empty for a database without the table. */
export async function readRecords(client: pg.Client): Promise<ReadonlyMap<string, MigrationRecord>> {
  const table = await client.query<{ exists: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists`,
  );
  if (table.rows[0]?.exists !== true) return new Map();
  const { rows } = await client.query<{ name: string; checksum: string; finished_at: Date | null }>(
    `SELECT DISTINCT ON (migration_name) migration_name AS name, checksum, finished_at FROM _prisma_migrations
     WHERE rolled_back_at IS NULL ORDER BY migration_name, started_at DESC`,
  );
  return new Map(rows.map(({ name, checksum, finished_at: finishedAt }) => [name, { checksum, finishedAt }]));
}

/** Whether the migration is not applied yet. @throws SchemaError if it was left unfinished or its file has changed */
export function isDue({ name, checksum }: Migration, record: MigrationRecord | undefined): boolean {
  if (record === undefined) return true;
  if (record.finishedAt === null) {
    throw new SchemaError(
      `Migration ${name} was started but not finished. Repair the schema by hand. Then record it as ` +
        `applied (UPDATE _prisma_migrations SET finished_at = now() WHERE migration_name = '${name}') or, if nothing ` +
        'of it is left in the schema, delete that row.',
    );
  }
  if (record.checksum !== checksum) {
    throw new SchemaError(
      `Migration ${name} has been applied, but its file has changed since. Restore the file; ` +
        'put the change into a migration of its own.',
    );
  }
  return false;
}

/** Beside the sources, or above the compiled tree, which contains no SQL. */
function migrationsFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'prisma', 'migrations');
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) {
      throw new SchemaError(
        `No folder prisma/migrations above ${import.meta.dirname}: the installation is incomplete.`,
      );
    }
  }
}
