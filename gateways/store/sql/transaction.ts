import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { CarryoverError } from '../../../domain/engine/failures.js';
import { isStoreError, storeError } from './errors.js';
import { STAGING_TABLES } from '../conversations/import/staging-tables.js';

export type Pool = Pick<pg.Pool, 'connect' | 'query'>;
export type Connection = pg.PoolClient;

/**
 * PostgreSQL refuses the data of some row: no repetition mends it, but all other rows can be taken. PostgreSQL's own error
 * is not kept: it quotes the row.
 */
export class RefusedData extends Error {
  override readonly name = 'RefusedData';

  constructor(readonly code: string) {
    super(`PostgreSQL refuses the data (${code})`);
  }
}

/** Thrown by work that found that another transaction came first: all of it is done again and sees what that one did. */
export class AnotherCameFirst extends Error {
  override readonly name = 'AnotherCameFirst';
}

/** Deadlock and serialization failure. */
const REPEATED = new Set(['40P01', '40001']);
const TIMES = 8;

/** Wrong data, violated constraints, too large for an index or for a statement. */
const DATA_CLASSES = /^(22|23|54)...$/;

/**
 * Runs `work` in one transaction and answers what it answers; what it throws rolls everything back. Deadlocks, serialization
 * failures and AnotherCameFirst are repeated in place, so `work` must have no other effects. Throws RefusedData, else
 * CarryoverError `StoreUnavailable` or `Unexpected`; what is no error of the store comes out as it is.
 */
export async function bulkTransaction<T>(
  pool: Pool,
  work: (connection: Connection) => Promise<T>,
  begin = 'BEGIN',
): Promise<T> {
  for (let time = 1; ; time += 1) {
    try {
      return await once(pool, work, begin);
    } catch (error) {
      const again = error instanceof AnotherCameFirst || REPEATED.has(codeOf(error));
      if (!again || time === TIMES) throw translated(error);
      await sleep(Math.random() * 20 * 2 ** time);
    }
  }
}

/** A single statement; errors as in `bulkTransaction`. */
export async function bulkQuery<Row extends pg.QueryResultRow>(
  pool: Pool | Connection,
  text: string,
  values: unknown[],
): Promise<Row[]> {
  try {
    return (await pool.query<Row>(text, values)).rows;
  } catch (error) {
    throw translated(error);
  }
}

const prepared = new WeakSet<Connection>();

async function prepare(connection: Connection): Promise<void> {
  if (prepared.has(connection)) return;
  // One that breaks while nobody waits for it tells so at the next statement; unheard, it would end the process.
  connection.on('error', () => undefined);
  await connection.query(STAGING_TABLES);
  prepared.add(connection);
}

async function once<T>(pool: Pool, work: (connection: Connection) => Promise<T>, begin: string): Promise<T> {
  const connection = await pool.connect();
  let broken = true;
  try {
    await prepare(connection);
    await connection.query(begin);
    const result = await work(connection);
    await connection.query('COMMIT');
    broken = false;
    return result;
  } catch (error) {
    await connection.query('ROLLBACK').then(
      () => (broken = false),
      () => undefined,
    );
    throw error;
  } finally {
    connection.release(broken);
  }
}

function translated(error: unknown): unknown {
  if (error instanceof AnotherCameFirst) {
    return new CarryoverError('StoreUnavailable', 'Other transactions came first again and again.', {
      cause: error,
    });
  }
  const code = codeOf(error);
  if (DATA_CLASSES.test(code)) return new RefusedData(code);
  const meant = storeError(error);
  // What the work itself threw is its own affair.
  return meant.type === 'Unexpected' && !isStoreError(error) ? error : meant;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
