import pg from 'pg';
import { Prisma } from '../../../generated/prisma/client.js';
import type { Store } from './connect.js';
import { storeError } from './errors.js';

/**
 * A transaction that takes statements only. Prisma's is one too; `inSqlTransaction` opens one on `pg` alone, for paths on which the
 * query compiler would cost more than the statements.
 */
export interface SqlTransaction {
  $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<Rows>;
  /** Answers how many rows were written. */
  $executeRaw(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<number>;
}

const BIGINT: number = pg.types.builtins.INT8;

/** Values come out as Prisma gives them: row ids are bigints. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === BIGINT ? BigInt : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};

/**
 * Runs `work` in one transaction (READ COMMITTED) on a control connection and answers what it answers; what it throws rolls all of it
 * back. Errors of the store come out as CarryoverError; others as they are.
 */
export async function inSqlTransaction<T>(
  { control }: Store,
  work: (tx: SqlTransaction) => Promise<T>,
): Promise<T> {
  const connection = await control.connect().catch((error: unknown) => {
    throw storeError(error);
  });
  let broken = false;
  const onEnd = (): void => void (broken = true);
  // The statement that is under way says so too; unheard, it would end the process.
  connection.on('error', onEnd);
  try {
    await run(connection, 'BEGIN');
    const answer = await work(transactionOn(connection));
    await run(connection, 'COMMIT');
    return answer;
  } catch (error) {
    // A connection that cannot even roll back is closed, which rolls back too.
    await connection.query('ROLLBACK').catch(() => (broken = true));
    throw error;
  } finally {
    connection.release(broken);
    if (!broken) connection.off('error', onEnd);
  }
}

function transactionOn(connection: pg.PoolClient): SqlTransaction {
  const statement = (query: TemplateStringsArray | Prisma.Sql, values: unknown[]): Prisma.Sql =>
    'raw' in query ? Prisma.sql(query, ...values) : query;
  return {
    async $queryRaw<Rows>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) {
      const { text, values: parameters } = statement(query, values);
      return (await run(connection, text, parameters)).rows as Rows;
    },
    async $executeRaw(query, ...values) {
      const { text, values: parameters } = statement(query, values);
      return (await run(connection, text, parameters)).rowCount ?? 0;
    },
  };
}

async function run(connection: pg.PoolClient, text: string, values: unknown[] = []): Promise<pg.QueryResult> {
  try {
    return await connection.query({ text, values, types: TYPES });
  } catch (error) {
    throw storeError(error);
  }
}
