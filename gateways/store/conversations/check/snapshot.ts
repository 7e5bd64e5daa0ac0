import { transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';

/** The snapshot of a REPEATABLE READ transaction, for `inSnapshot`. */
export async function exportSnapshot(tx: Transaction): Promise<string> {
  const { rows } = await tx.query<{ snapshot: string }>('SELECT pg_export_snapshot() AS snapshot');
  return rows[0]?.snapshot ?? '';
}

/** Reads in another transaction's snapshot on a connection of its own. The other transaction must stay open until this one has begun. */
export async function inSnapshot<T>(
  pool: Pool,
  snapshot: string,
  name: string,
  read: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return transaction(
    pool,
    name,
    async (tx) => {
      await tx.query(`SET TRANSACTION SNAPSHOT '${snapshot}'`);
      return read(tx);
    },
    { isolation: 'repeatable read' },
  );
}
