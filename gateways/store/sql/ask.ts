import type pg from 'pg';
import { spanned } from '../../tracing/spans.js';
import { translated } from './transaction.js';

const DATABASE = { 'db.system': 'postgresql' };

/** Runs a single statement that only reads, or that is a transaction of its own. Throws what `transaction` throws. */
export async function ask<Row extends pg.QueryResultRow>(
  on: Pick<pg.Pool, 'query'>,
  statement: string | pg.QueryConfig,
  values?: unknown[],
): Promise<Row[]> {
  try {
    return (await spanned('statement', DATABASE, () => on.query<Row>(statement, values))).rows;
  } catch (error) {
    throw translated(error);
  }
}
