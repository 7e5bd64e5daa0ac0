import type { Transaction } from '../../store/sql/transaction.js';

/** A batch was rolled back because it held its locks for too long. */
export class BatchTooLong extends Error {
  override readonly name = 'BatchTooLong';
}

const QUERY_CANCELED = '57014';

/**
 * Runs statements that hold locks, each for at most so many milliseconds; throws BatchTooLong if one takes longer. Restores the earlier limit
 * afterwards.
 */
export async function bounded<T>(tx: Transaction, lockMs: number, call: () => Promise<T>): Promise<T> {
  const { rows } = await tx.query<{ before: string }>(
    `SELECT current_setting('statement_timeout') AS before`,
  );
  await limit(tx, String(lockMs));
  try {
    const result = await call();
    await limit(tx, rows[0]?.before ?? '0');
    return result;
  } catch (error) {
    if ((error as { code?: unknown }).code !== QUERY_CANCELED) throw error;
    // Without a cause, which would make it look like an error of the database.
    throw new BatchTooLong(`A batch held its locks for ${lockMs} ms.`);
  }
}

async function limit(tx: Transaction, statementTimeout: string): Promise<void> {
  await tx.query(`SELECT set_config('statement_timeout', $1, true)`, [statementTimeout]);
}
