import type { Transaction } from '../../store/sql/transaction.js';

/** A batch would have held its locks for longer than it may, and was taken back. */
export class BatchTooLong extends Error {
  override readonly name = 'BatchTooLong';
}

const QUERY_CANCELED = '57014';

/** Makes the transaction's next statements, which hold locks, end after so many milliseconds. Throws BatchTooLong then. */
export async function bounded<T>(tx: Transaction, lockMs: number, call: () => Promise<T>): Promise<T> {
  await tx.query(`SELECT set_config('statement_timeout', $1, true)`, [String(lockMs)]);
  try {
    return await call();
  } catch (error) {
    if ((error as { code?: unknown }).code !== QUERY_CANCELED) throw error;
    // Without its cause, by which it would be taken for an error of the database.
    throw new BatchTooLong(`A batch held its locks for ${lockMs} ms.`);
  }
}
