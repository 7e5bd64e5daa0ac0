/** The product's PostgreSQL database. */

import pg from 'pg';
import {
  type Pool,
  type Transaction,
  type TransactionOptions,
  RefusedData,
  transaction,
} from '../store/sql/transaction.js';
import { targetError } from '../postgres/target-errors.js';
import { storeError } from '../store/sql/errors.js';

/** Reads with the statement's snapshot, in or outside of a transaction. */
export type Ask = <Row extends object>(text: string, values: readonly unknown[]) => Promise<Row[]>;

export interface OnboardingDatabase {
  /** Reads without a lock. Throws TargetUnavailable. */
  rows<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs the work in one transaction. Throws TargetUnavailable, RefusedData; what the work throws is unchanged. */
  transaction<T>(
    name: string,
    work: (tx: Transaction) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T>;
  /** Throws TargetUnavailable if the database does not answer within `timeoutMs`, or lacks a table. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 60_000;
/** A writer that stops between two statements must not block people for long. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
const CONNECTIONS = 10;

/** Opens nothing yet: the first statement connects. */
export function openOnboardingDatabase(
  url: string,
  options: { readonly applicationName: string; readonly max?: number },
): OnboardingDatabase {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: options.applicationName,
    max: options.max ?? CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + CONNECT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
  });
  // Without handlers a connection that the server closes would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (connection) => void connection.on('error', () => undefined));
  return databaseOn(pool);
}

/** The database behind a pool, which is closed with it. */
export function databaseOn(pool: Pool & Pick<pg.Pool, 'end'>): OnboardingDatabase {
  return {
    async rows<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
      try {
        return (await pool.query<Row>(text, [...values])).rows;
      } catch (error) {
        throw named(storeError(error));
      }
    },
    async transaction(name, work, given) {
      try {
        return await transaction(pool, name, work, given);
      } catch (error) {
        throw error instanceof RefusedData ? error : named(error);
      }
    },
    async ping(timeoutMs) {
      const query = { text: 'SELECT FROM users, onboarding_migration_log LIMIT 0', query_timeout: timeoutMs };
      await pool.query(query).catch((error: unknown) => {
        throw named(storeError(error));
      });
    },
    close: () => pool.end(),
  };
}

function named(error: unknown): unknown {
  return targetError(error, 'the onboarding database (ONBOARDING_DATABASE_URL)');
}
