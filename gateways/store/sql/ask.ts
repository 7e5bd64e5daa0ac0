import type pg from 'pg';
import { storeError } from './errors.js';

/** The rows of a single statement outside of any transaction. Throws what `storeError` makes of an error. */
export async function ask<Row extends pg.QueryResultRow>(
  pool: Pick<pg.Pool, 'query'>,
  statement: string | pg.QueryConfig,
  values?: unknown[],
): Promise<Row[]> {
  try {
    return (await pool.query<Row>(statement, values)).rows;
  } catch (error) {
    throw storeError(error);
  }
}
