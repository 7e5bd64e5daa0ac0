import type { LockedMigration } from '../../../gateways/store/migrations/steered.js';
import type { Transaction } from '../../../gateways/store/sql/transaction.js';
import type { ApiKind } from '../kind.js';

/** Locks a migration until the transaction ends. Throws Problem 404 if there is none. */
export async function lockedMigration(
  tx: Transaction,
  { steered }: ApiKind,
  key: string,
): Promise<LockedMigration> {
  const locked = await steered.migrations.lock(tx, key);
  if (locked === undefined) throw steered.unknown();
  return locked;
}
