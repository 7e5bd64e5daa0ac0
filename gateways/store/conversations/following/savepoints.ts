import { refusalOf } from '../../sql/transaction.js';
import type { Transaction } from '../../sql/transaction.js';

/** Does the work. If PostgreSQL refuses the data, undoes it and returns the error's code. */
export async function unlessRefused(
  tx: Transaction,
  work: () => Promise<unknown>,
): Promise<string | undefined> {
  await tx.query('SAVEPOINT unless_refused');
  try {
    await work();
  } catch (error) {
    const code = refusalOf(error);
    if (code === undefined) throw error;
    await tx.query('ROLLBACK TO SAVEPOINT unless_refused; RELEASE SAVEPOINT unless_refused');
    return code;
  }
  await tx.query('RELEASE SAVEPOINT unless_refused');
  return undefined;
}

/** PostgreSQL's error code if it refuses the work's data. Always rolls the work back. */
export async function refusalIfTried(
  tx: Transaction,
  work: () => Promise<unknown>,
): Promise<string | undefined> {
  await tx.query('SAVEPOINT only_tried');
  const code = await unlessRefused(tx, work);
  await tx.query('ROLLBACK TO SAVEPOINT only_tried; RELEASE SAVEPOINT only_tried');
  return code;
}
