import type { Transaction } from '../sql/transaction.js';

/** Creates the rows of migrations of one kind. Idempotent. */
export async function addMigrations(
  tx: Transaction,
  kind: string,
  subjects: readonly string[],
): Promise<void> {
  await tx.run`
    INSERT INTO carryover.migrations (kind, subject)
    SELECT ${kind}::text, subject FROM unnest(${subjects}::text[]) AS told (subject) ORDER BY subject
    ON CONFLICT (kind, subject) DO NOTHING`;
}
