import type { Transaction } from '../../sql/transaction.js';
import { type AccountMigration, readAccountMigration } from './migration-columns.js';

/** What the account's row says of its migration; undefined where it says nothing, or there is no such row. */
export async function accountMigration(
  tx: Transaction,
  accountRowId: bigint,
): Promise<AccountMigration | undefined> {
  const [row] = await tx.rows<{
    migration: unknown;
  }>`SELECT migration FROM accounts WHERE id = ${accountRowId}`;
  return readAccountMigration(row?.migration);
}
