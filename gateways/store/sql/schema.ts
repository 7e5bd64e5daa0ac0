import type pg from 'pg';
import { Unusable } from '../../../domain/engine/unusable.js';
import { storeError } from './errors.js';
import { readMigrations } from './migration-files.js';

/** SQLSTATEs. */
const UNDEFINED_TABLE = '42P01';
const INSUFFICIENT_PRIVILEGE = '42501';

/** The command that the README names. */
const COMMAND = 'carryover db migrate';

/** The SQL migrations of this release that are not applied; none if this role may not know. Throws what `storeError` returns. */
export async function pendingMigrations(
  pool: Pick<pg.Pool, 'query'>,
  timeoutMs: number,
): Promise<readonly string[]> {
  const applied = await appliedMigrations(pool, timeoutMs);
  if (applied === 'unknown') return [];
  return (await readMigrations()).map(({ name }) => name).filter((name) => !applied.has(name));
}

/**
 * Returns a check that the store answers and has at least the schema of this version. Throws Unusable if the schema is missing or older, otherwise
 * what `storeError` returns.
 */
export function storeCheck(pool: Pick<pg.Pool, 'query'>): (timeoutMs: number) => Promise<void> {
  // Read once: the program's files do not change while it runs.
  let names: Promise<readonly string[]> | undefined;
  return async (timeoutMs) => {
    names ??= readMigrations().then((migrations) => migrations.map(({ name }) => name));
    const applied = await appliedMigrations(pool, timeoutMs);
    if (applied === 'unknown') return;
    const pending = (await names).filter((name) => !applied.has(name));
    const [first] = pending;
    if (first === undefined) return;
    const missing =
      pending.length === 1
        ? `migration ${first} is missing`
        : `${pending.length} migrations are missing, first ${first}`;
    const what =
      applied.size === 0
        ? "The store of DATABASE_URL does not have Carryover's schema"
        : `The schema of the store of DATABASE_URL is older than this version: ${missing}`;
    throw new Unusable(`${what}. Run: ${COMMAND}`, { lasting: true });
  };
}

/** `unknown` if this role may not read Prisma's table. */
async function appliedMigrations(
  pool: Pick<pg.Pool, 'query'>,
  timeoutMs: number,
): Promise<ReadonlySet<string> | 'unknown'> {
  const query = {
    text: 'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    query_timeout: timeoutMs,
  };
  try {
    const { rows } = await pool.query<{ name: string }>(query);
    return new Set(rows.map(({ name }) => name));
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === UNDEFINED_TABLE) return new Set();
    if (code === INSUFFICIENT_PRIVILEGE) return 'unknown';
    throw storeError(error);
  }
}
