import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import { forbiddenWrites, type TableWrites } from '../../../domain/inbox/writes.js';
import type { Pool, Transaction } from '../../store/sql/transaction.js';
import { chatwootTransaction } from '../connect.js';

/** By table, like the view pg_stat_xact_user_tables but without its joins. Includes earlier transactions that the session has not reported yet. */
const COUNTS = `
  SELECT c.oid::text AS id, c.relname::text AS "table", n.inserted, n.updated, n.deleted FROM pg_class c CROSS JOIN LATERAL (SELECT
    pg_stat_get_xact_tuples_inserted(c.oid) AS inserted, pg_stat_get_xact_tuples_updated(c.oid) AS updated, pg_stat_get_xact_tuples_deleted(c.oid) AS deleted) AS n
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND n.inserted + n.updated + n.deleted > 0`;

/** Deferred triggers must run before the counts are read again. */
const COUNTS_BEFORE = `SET CONSTRAINTS ALL IMMEDIATE; SELECT coalesce(jsonb_object_agg(id, jsonb_build_array(inserted, updated, deleted)), '{}') AS counts FROM (${COUNTS}) AS held`;

const NOTE = `
  WITH written AS (
    SELECT "table", inserted - coalesce(($2::jsonb -> id ->> 0)::bigint, 0) AS inserted, updated - coalesce(($2::jsonb -> id ->> 1)::bigint, 0) AS updated,
      deleted - coalesce(($2::jsonb -> id ->> 2)::bigint, 0) AS deleted FROM (${COUNTS}) AS now
  ), noted AS (
    INSERT INTO carryover.inbox_writes AS held (migration_id, relation, inserted, updated, deleted)
    SELECT $1, "table", inserted, updated, deleted FROM written WHERE inserted + updated + deleted > 0 ORDER BY "table"
    ON CONFLICT (migration_id, relation) DO UPDATE
      SET inserted = held.inserted + excluded.inserted, updated = held.updated + excluded.updated, deleted = held.deleted + excluded.deleted
  )
  SELECT "table", inserted::float8, updated::float8, deleted::float8 FROM written WHERE inserted + updated + deleted > 0`;

/**
 * Runs `work` of a migration in one transaction, as `chatwootTransaction` does, and records in it how many rows it has written in each of Chatwoot's
 * tables. PostgreSQL counts them, so triggers and cascades are included. Throws CarryoverError `CheckUnequal`, and rolls back, if it wrote what a
 * move must not write.
 */
export function countedTransaction<T>(
  pool: Pool,
  name: string,
  migration: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return chatwootTransaction(
    pool,
    name,
    async (tx) => {
      const result = await work(tx);
      const [before] = tx.opened as { counts: object }[];
      const { rows } = await tx.query<TableWrites & object>(NOTE, [
        migration,
        JSON.stringify(before?.counts),
      ]);
      const forbidden = forbiddenWrites(rows);
      if (forbidden.length > 0)
        throw new CarryoverError(
          'CheckUnequal',
          `A batch of inbox migration ${migration} would have changed ${forbidden.join(', ')}, and was taken back. Look for triggers and cascades on the tables that a move changes.`,
        );
      return result;
    },
    COUNTS_BEFORE,
  );
}
