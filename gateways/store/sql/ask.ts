import type pg from 'pg';
import { translated } from './transaction.js';

/** Runs a single statement that only reads, or that is a transaction of its own. Throws what `transaction` throws. */
export async function ask<Row extends pg.QueryResultRow>(
  on: Pick<pg.Pool, 'query'>,
  statement: string | pg.QueryConfig,
  values?: unknown[],
): Promise<Row[]> {
  try {
    return (await on.query<Row>(statement, values)).rows;
  } catch (error) {
    throw translated(error);
  }
}
