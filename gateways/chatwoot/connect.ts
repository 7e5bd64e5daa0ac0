import pg from 'pg';
import { systemClock } from '../clock.js';
import { targetError } from '../postgres/target-errors.js';
import { ask } from '../store/sql/ask.js';
import { transaction, type Pool, type Transaction } from '../store/sql/transaction.js';
import { migrateChatwoot } from './schema/migrate.js';

export interface Chatwoot {
  readonly pool: pg.Pool;
  /** Brings the schema `carryover` up to date, once. Throws TargetUnavailable; the next call tries again. */
  ready(): Promise<pg.Pool>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** Opens nothing yet: the first statement connects. Limits are set for each transaction, because poolers refuse session settings or share them. */
export function openChatwoot(
  databaseUrl: string,
  {
    max = 8,
    applicationName = 'carryover',
  }: { readonly max?: number; readonly applicationName?: string } = {},
): Chatwoot {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    max,
    application_name: applicationName,
  });
  // Without handlers a connection that the server closes would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (connection) => void connection.on('error', () => undefined));
  let migrated: Promise<void> | undefined;
  const ready = async (): Promise<pg.Pool> => {
    migrated ??= migrateChatwoot(pool);
    try {
      await migrated;
    } catch (error) {
      migrated = undefined;
      throw named(error);
    }
    return pool;
  };
  return { pool, ready, close: () => pool.end() };
}

/** Limits of a short transaction: it locks rows that agents and Chatwoot's jobs use. */
const SHORT = { lockMs: 200, statementMs: 5_000, idleMs: 3_000 };
const LOCK_NOT_AVAILABLE = '55P03';
const UNIQUE_VIOLATION = '23505';
const TRIES = 12;

/**
 * Runs `work` in one transaction of Chatwoot's database, which yields to others: after a lock timeout, a deadlock or a unique violation it is retried
 * with a growing random pause. PostgreSQL ends a transaction whose worker is idle. Throws TargetUnavailable.
 *
 * @param more further statements without parameters that are sent along with BEGIN; the rows of the last one are `opened`
 */
export async function chatwootTransaction<T>(
  pool: Pool,
  name: string,
  work: (tx: Transaction) => Promise<T>,
  more?: string,
): Promise<T> {
  const { lockMs, statementMs, idleMs } = SHORT;
  const opening = `SELECT set_config('search_path', 'public, carryover', true), set_config('lock_timeout', '${lockMs}', true),
    set_config('statement_timeout', '${statementMs}', true), set_config('idle_in_transaction_session_timeout', '${idleMs}', true),
    set_config('timezone', 'UTC', true), set_config('jit', 'off', true)${more === undefined ? '' : `; ${more}`}`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction(pool, name, work, { opening });
    } catch (error) {
      if (!isSoon(error) || attempt >= TRIES) throw named(error);
      await systemClock.sleep(Math.random() * 50 * attempt);
    }
  }
}

/** A caller waits for the answer. */
const ASK_TIMEOUT_MS = 15_000;

/** Runs a single statement that only reads. Throws TargetUnavailable. */
export async function askChatwoot<Row extends pg.QueryResultRow>(
  pool: Pick<pg.Pool, 'query'>,
  statement: string,
  values: unknown[] = [],
): Promise<Row[]> {
  try {
    const query = { text: statement, values, query_timeout: ASK_TIMEOUT_MS };
    return await ask<Row>(pool, query);
  } catch (error) {
    throw named(error);
  }
}

/** What reads a few rows, in a transaction or without one. */
export type Reads = <Row extends pg.QueryResultRow>(statement: string, values: unknown[]) => Promise<Row[]>;

/** Reads without a transaction. Throws TargetUnavailable. */
export function readsOf(pool: Pick<pg.Pool, 'query'>): Reads {
  return (statement, values) => askChatwoot(pool, statement, values);
}

/** Reads in a transaction. */
export function readsIn(tx: Pick<Transaction, 'query'>): Reads {
  return async <Row extends pg.QueryResultRow>(statement: string, values: unknown[]) =>
    (await tx.query<Row>(statement, values)).rows;
}

function named(error: unknown): unknown {
  return targetError(error, "Chatwoot's database (CHATWOOT_DATABASE_URL)");
}

function isSoon(error: unknown): boolean {
  const layers = [error, (error as { cause?: unknown } | null)?.cause];
  return layers.some((layer) => {
    const code = (layer as { code?: unknown } | null | undefined)?.code;
    return code === LOCK_NOT_AVAILABLE || code === UNIQUE_VIOLATION;
  });
}
