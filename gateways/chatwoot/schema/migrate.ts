import { transaction, type Pool } from '../../store/sql/transaction.js';
import { ask } from '../../store/sql/ask.js';
import { VERSIONS } from './versions.js';

/**
 * Brings the schema `carryover` of Chatwoot's database to this program's version. Idempotent; concurrent callers wait for each other. It has a runner
 * of its own because the store's runner keeps its record in `public`, which here belongs to Chatwoot and Rails.
 */
export async function migrateChatwoot(pool: Pool): Promise<void> {
  if ((await schemaVersion(pool)) >= VERSIONS.length) return;
  await transaction(pool, 'migrate-schema', async (tx) => {
    // The lock ends with the transaction, so no pooler can keep it.
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('carryover.inbox_schema'))`);
    await tx.query('CREATE SCHEMA IF NOT EXISTS carryover');
    await tx.query('SET LOCAL search_path = carryover');
    await tx.query(
      'CREATE TABLE IF NOT EXISTS inbox_schema (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    const { rows } = await tx.query<{ version: number }>(
      'SELECT coalesce(max(version), 0) AS version FROM inbox_schema',
    );
    const held = rows[0]?.version ?? 0;
    for (const [index, statements] of VERSIONS.entries()) {
      if (index < held) continue;
      await tx.query(statements);
      await tx.query('INSERT INTO inbox_schema (version) VALUES ($1)', [index + 1]);
    }
  });
}

/** 0 before the first migration. */
export async function schemaVersion(pool: Pool): Promise<number> {
  const [found] = await ask<{ exists: boolean }>(
    pool,
    `SELECT to_regclass('carryover.inbox_schema') IS NOT NULL AS exists`,
  );
  if (found?.exists !== true) return 0;
  const [row] = await ask<{ version: number }>(
    pool,
    'SELECT coalesce(max(version), 0) AS version FROM carryover.inbox_schema',
  );
  return row?.version ?? 0;
}
