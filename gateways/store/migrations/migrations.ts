import type { KindName } from '../../../domain/kinds.js';
import type { Transaction } from '../sql/transaction.js';

/** A migration, by its kind and what it is of. */
export interface MigrationRef {
  readonly kind: KindName;
  readonly subject: string;
}

/** Creates the rows of migrations of one kind. Idempotent. */
export async function addMigrations(
  tx: Transaction,
  kind: KindName,
  subjects: readonly string[],
): Promise<void> {
  await tx.run`
    INSERT INTO carryover.migrations (kind, subject)
    SELECT ${kind}::text, subject FROM unnest(${subjects}::text[]) AS told (subject) ORDER BY subject
    ON CONFLICT (kind, subject) DO NOTHING`;
}
