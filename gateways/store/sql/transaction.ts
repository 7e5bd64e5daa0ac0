import pg from 'pg';
import type { Sql } from 'sql-template-tag';
import sql from 'sql-template-tag';
import { CarryoverError } from '../../../domain/engine/failures.js';
import { systemClock } from '../../clock.js';
import { isStoreError, storeError } from './errors.js';

export type Pool = Pick<pg.Pool, 'connect' | 'query'> & { readonly options?: pg.PoolOptions };

/** What a transaction's work gets. */
export interface Transaction {
  /** As the driver has it: text and values, a named statement, or a COPY. Whole numbers of 64 bits come out as text. */
  readonly query: pg.PoolClient['query'];
  /** The rows of a tagged statement, whose values are parameters. Whole numbers of 64 bits come out as bigint. */
  rows<Row>(statement: TemplateStringsArray | Sql, ...values: unknown[]): Promise<Row[]>;
  /** Runs a tagged statement, and answers how many rows it has written. */
  run(statement: TemplateStringsArray | Sql, ...values: unknown[]): Promise<number>;
}

export interface TransactionOptions {
  /** PostgreSQL's own default is read committed. */
  readonly isolation?: 'repeatable read';
  /** How often it is tried at most when another transaction comes first; default 8. */
  readonly attempts?: number;
  /** Statements that a connection must have run once, outside of any transaction, before its first such transaction: temporary tables. */
  readonly session?: string;
}

/**
 * PostgreSQL refuses the data of some row: a retry does not help, but all other rows can be taken. PostgreSQL's own error
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
const ATTEMPTS = 8;

/** Wrong data, violated constraints, too large for an index or for a statement. */
const DATA_CLASSES = /^(22|23|54)...$/;

/** PostgreSQL cuts an application_name here. */
const NAME_LIMIT = 63;

/**
 * The one way to write to PostgreSQL: runs `work` in one transaction and answers what it answers; what it throws rolls everything back.
 * Deadlocks, serialization failures and AnotherCameFirst are retried in place, so `work` must have no other effects. Throws RefusedData,
 * else CarryoverError `StoreUnavailable` or `Unexpected`; what is no error of the store comes out as it is.
 *
 * @param name what it is for, in kebab-case; shown in pg_stat_activity behind the pool's own name
 */
export async function transaction<T>(
  pool: Pool,
  name: string,
  work: (tx: Transaction) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const { attempts = ATTEMPTS } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(pool, name, work, options);
    } catch (error) {
      const again = error instanceof AnotherCameFirst || REPEATED.has(codeOf(error));
      if (!again || attempt >= attempts) throw translated(error);
      await systemClock.sleep(Math.random() * 20 * 2 ** attempt);
    }
  }
}

async function once<T>(
  pool: Pool,
  name: string,
  work: (tx: Transaction) => Promise<T>,
  { isolation, session }: TransactionOptions,
): Promise<T> {
  const connection = await pool.connect();
  let broken = true;
  // The statement under way says so too; unheard, it would end the process.
  let ended = false;
  const onError = (): void => void (ended = true);
  connection.on('error', onError);
  try {
    if (session !== undefined) await prepare(connection, session);
    const level = isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation.toUpperCase()}`;
    const shown = `${pool.options?.application_name ?? 'carryover'}: ${name}`.slice(0, NAME_LIMIT);
    await connection.query(`BEGIN${level}; SET LOCAL application_name = ${pg.escapeLiteral(shown)}`);
    const result = await work(transactionOn(connection));
    await connection.query('COMMIT');
    broken = false;
    return result;
  } catch (error) {
    // A connection that cannot even roll back is closed, which rolls back too.
    await connection.query('ROLLBACK').then(
      () => (broken = false),
      () => undefined,
    );
    throw error;
  } finally {
    connection.off('error', onError);
    connection.release(broken || ended);
  }
}

const prepared = new WeakMap<pg.PoolClient, Set<string>>();

async function prepare(connection: pg.PoolClient, session: string): Promise<void> {
  const done = prepared.get(connection) ?? new Set();
  if (done.has(session)) return;
  await connection.query(session);
  prepared.set(connection, done.add(session));
}

const BIGINT: number = pg.types.builtins.INT8;

const TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === BIGINT ? BigInt : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};

function transactionOn(connection: pg.PoolClient): Transaction {
  const ask = async (statement: TemplateStringsArray | Sql, values: unknown[]): Promise<pg.QueryResult> => {
    const { text, values: parameters } =
      'raw' in statement ? sql(statement, ...(values as never[])) : statement;
    return connection.query({ text, values: parameters, types: TYPES });
  };
  return {
    query: connection.query.bind(connection),
    rows: async <Row>(statement: TemplateStringsArray | Sql, ...values: unknown[]) =>
      (await ask(statement, values)).rows as Row[],
    run: async (statement, ...values) => (await ask(statement, values)).rowCount ?? 0,
  };
}

/** What an error of a statement means to callers; one that is not the store's is given back as it is. */
export function translated(error: unknown): unknown {
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
