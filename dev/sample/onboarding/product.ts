/** The database of a product that has the legacy columns and the new tables. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { projectRoot } from '../../servers/paths.js';
import { type LegacyRow, type SampleUsers, sampleUser } from './users.js';

const SCHEMA = 'dev/sample/onboarding/schema.sql';

/** Creates the product's tables in an empty database. */
export async function createTables(pool: { query(text: string): Promise<unknown> }): Promise<void> {
  await pool.query(await readFile(join(projectRoot(), SCHEMA), 'utf8'));
}

/** Creates the database beside the store's, with its tables, unless it exists. Returns its address. */
export async function createProduct(storeUrl: string, name = 'product'): Promise<string> {
  const url = new URL(storeUrl);
  url.pathname = `/${name}`;
  const { rows } = await once(storeUrl, `SELECT FROM pg_database WHERE datname = '${name}'`);
  if (rows.length === 0) await once(storeUrl, `CREATE DATABASE ${name}`);
  // A killed process may have left it empty.
  const found = await once(url.href, `SELECT to_regclass('users') AS users`);
  if (found.rows[0]?.['users'] === null) await createTables({ query: (text) => once(url.href, text) });
  return url.href;
}

async function once(url: string, statement: string): Promise<pg.QueryResult<Record<string, unknown>>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}

export type Product = pg.Pool;

export function openProduct(url: string): Product {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on('error', () => undefined);
  return pool;
}

const ROWS_AT_ONCE = 1_000;

const INSERT = `
  WITH given AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS u (id uuid, email text, full_name text, onboarding_status text, onboarding_step text,
      has_completed_onboarding boolean, preferences jsonb, created_at timestamptz, updated_at timestamptz, workspace_id uuid)),
  added AS (
    INSERT INTO users (id, email, full_name, onboarding_status, onboarding_step, has_completed_onboarding, preferences, created_at, updated_at)
    SELECT id, email, full_name, onboarding_status, onboarding_step, has_completed_onboarding, preferences, created_at, updated_at FROM given
    ON CONFLICT DO NOTHING RETURNING id)
  INSERT INTO workspaces (id, owner_id, name, created_at)
  SELECT workspace_id, id, coalesce(full_name, 'Workspace'), created_at FROM given JOIN added USING (id) WHERE workspace_id IS NOT NULL`;

/** Adds the missing users from `from` to `to` (exclusive). */
export async function addSampleUsers(
  pool: Pick<pg.Pool, 'query'>,
  { from, to }: { readonly from: number; readonly to: number },
  of: SampleUsers,
): Promise<void> {
  for (let first = from; first < to; first += ROWS_AT_ONCE) {
    const rows: LegacyRow[] = Array.from({ length: Math.min(ROWS_AT_ONCE, to - first) }, (_none, at) =>
      sampleUser(first + at, of),
    );
    await pool.query(INSERT, [JSON.stringify(rows)]);
  }
}
