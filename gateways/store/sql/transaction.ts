import pg from 'pg';
import type { Sql } from 'sql-template-tag';
import sql from 'sql-template-tag';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { Pace } from '../../../domain/engine/targets/pace.js';
import { systemClock } from '../../clock.js';
import { spanned } from '../../tracing/spans.js';
import { isStoreError, storeError } from './errors.js';

export type Pool = Pick<pg.Pool, 'connect' | 'query'> & { readonly options?: pg.PoolOptions };

/** What the work of a transaction may use. */
export interface Transaction {
  /** The driver's query: text and values, a named statement, or a COPY. 64-bit integers are returned as text. */
  readonly query: pg.PoolClient['query'];
  /** Returns the rows of a tagged statement, whose values become parameters. 64-bit integers are returned as bigint. */
  rows<Row>(statement: TemplateStringsArray | Sql, ...values: unknown[]): Promise<Row[]>;
  /** Runs a tagged statement and returns the number of rows it wrote. */
  run(statement: TemplateStringsArray | Sql, ...values: unknown[]): Promise<number>;
  /** Of what is copied. */
  readonly pace?: Pace | undefined;
  /** The rows of the opening's last statement. */
  readonly opened: readonly unknown[];
}

export interface TransactionOptions {
  /** The default is READ COMMITTED. */
  readonly isolation?: 'repeatable read';
  /** Maximum number of tries after conflicts with other transactions; default 8. */
  readonly attempts?: number;
  /**
   * `asynchronous` does not wait for the disk. A crash of PostgreSQL may lose the commit, together with every later one: the store then has its
   * state of a moment earlier. A later commit that waits makes this one durable too. By default a commit waits.
   */
  readonly commit?: 'asynchronous' | undefined;
  readonly pace?: Pace | undefined;
  /** Statements to run once on a connection, outside of a transaction, before its first such transaction: temporary tables. */
  readonly session?: string;
  /** SELECT statements without parameters that are sent along with BEGIN. Each sees what was committed before it began. */
  readonly opening?: string | undefined;
}

/**
 * PostgreSQL refuses the data of a row. A retry does not help, but all other rows can be written. Does not keep PostgreSQL's error, which quotes the
 * row.
 */
export class RefusedData extends Error {
  override readonly name = 'RefusedData';

  constructor(readonly code: string) {
    super(`PostgreSQL refuses the data (${code})`);
  }
}

/** Thrown by work that finds that another transaction came first: it is repeated, and sees the other's result. */
export class AnotherCameFirst extends Error {
  override readonly name = 'AnotherCameFirst';
}

/** Thrown by work whose prepared input is outdated: its caller must prepare it again. */
export class Outdated extends Error {
  override readonly name = 'Outdated';
}

/** Deadlock and serialization failure. */
const REPEATED = new Set(['40P01', '40001']);
const ATTEMPTS = 8;

/** Invalid data, violated constraints, data too large for an index or a statement. */
const DATA_CLASSES = /^(22|23|54)...$/;

const DATABASE = { 'db.system': 'postgresql' };

/** PostgreSQL's limit for an application_name. */
const NAME_LIMIT = 63;

/**
 * Runs `work` in one transaction and returns its result; an error rolls everything back. All writes to PostgreSQL go through this function.
 * Deadlocks, serialization failures and AnotherCameFirst are retried in place, so `work` must have no other effects. Throws RefusedData,
 * CarryoverError `StoreUnavailable` or `Unexpected`; errors that are not the store's are unchanged.
 *
 * @param name the purpose, in kebab-case; appears in pg_stat_activity after the pool's own name
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
      return await spanned(`transaction ${name}`, DATABASE, () => once(pool, name, work, options));
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
  { isolation, session, commit, pace, opening }: TransactionOptions,
): Promise<T> {
  const connection = await pool.connect();
  let broken = true;
  // The running statement throws the error too. Without a handler it would end the process.
  let ended = false;
  const onError = (): void => void (ended = true);
  connection.on('error', onError);
  try {
    if (session !== undefined) await prepare(connection, session);
    const level = isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation.toUpperCase()}`;
    const shown = `${pool.options?.application_name ?? 'carryover'}: ${name}`.slice(0, NAME_LIMIT);
    const without = commit === 'asynchronous' ? '; SET LOCAL synchronous_commit = off' : '';
    const more = opening === undefined ? '' : `; ${opening}`;
    const begun = await connection.query(
      `BEGIN${level}; SET LOCAL application_name = ${pg.escapeLiteral(shown)}${without}${more}`,
    );
    const opened = opening === undefined ? [] : rowsOfLast(begun);
    const result = await work(transactionOn(connection, pace, opened));
    await connection.query('COMMIT');
    broken = false;
    return result;
  } catch (error) {
    // A connection that cannot roll back is closed, which also rolls back.
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

/** The driver returns the results of several statements as a list, whatever its type says. */
function rowsOfLast(results: pg.QueryResult): readonly unknown[] {
  return (results as unknown as readonly pg.QueryResult[]).at(-1)?.rows ?? [];
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

function transactionOn(
  connection: pg.PoolClient,
  pace: Pace | undefined,
  opened: readonly unknown[],
): Transaction {
  const ask = async (statement: TemplateStringsArray | Sql, values: unknown[]): Promise<pg.QueryResult> => {
    const { text, values: parameters } =
      'raw' in statement ? sql(statement, ...(values as never[])) : statement;
    return connection.query({ text, values: parameters, types: TYPES });
  };
  return {
    pace,
    opened,
    query: connection.query.bind(connection),
    rows: async <Row>(statement: TemplateStringsArray | Sql, ...values: unknown[]) =>
      (await ask(statement, values)).rows as Row[],
    run: async (statement, ...values) => (await ask(statement, values)).rowCount ?? 0,
  };
}

/** PostgreSQL's code if it refuses the data of a statement. */
export function refusalOf(error: unknown): string | undefined {
  const code = codeOf(error);
  return DATA_CLASSES.test(code) ? code : undefined;
}

/** Converts an error of a statement. Errors that are not the store's are returned unchanged. */
export function translated(error: unknown): unknown {
  if (error instanceof AnotherCameFirst) {
    return new CarryoverError('StoreUnavailable', 'Other transactions kept changing the same rows.', {
      cause: error,
    });
  }
  const code = refusalOf(error);
  if (code !== undefined) return new RefusedData(code);
  const meant = storeError(error);
  // An error thrown by the work itself is unchanged.
  return meant.type === 'Unexpected' && !isStoreError(error) ? error : meant;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
