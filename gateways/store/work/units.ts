import type { MigrationRef } from '../../../domain/engine/migration-ref.js';
import { jsonText } from '../sql/json-text.js';
import type { Transaction } from '../sql/transaction.js';

/** A part of a migration, imported as a whole. */
export interface UnitRef extends MigrationRef {
  readonly key: string;
}

/** With its display name. */
export interface NamedUnit extends UnitRef {
  readonly name: string;
}

/** Creates or renames the rows of units of existing migrations; returns their ids in the same order. Idempotent. */
export async function addUnits(tx: Transaction, units: readonly NamedUnit[]): Promise<bigint[]> {
  const rows = await tx.rows<{ id: bigint; kind: string; subject: string; key: string }>`
    WITH given AS (
      SELECT kind, subject, key, given.name, m.id AS migration_id
      FROM jsonb_to_recordset(${jsonText(units)}::jsonb) AS given (kind text, subject text, key text, name text)
      JOIN carryover.migrations m USING (kind, subject)
    ), made AS (
      INSERT INTO carryover.units (migration_id, key, name) SELECT migration_id, key, name FROM given ORDER BY migration_id, key
      ON CONFLICT (migration_id, key) DO UPDATE SET name = excluded.name RETURNING id, migration_id, key
    )
    SELECT made.id, kind, subject, key FROM made JOIN given USING (migration_id, key)`;
  const ids = new Map(rows.map((row) => [nameOf(row), row.id]));
  return units.map((unit) => {
    const id = ids.get(nameOf(unit));
    if (id === undefined) throw new Error(`The store has no ${unit.kind} migration of ${unit.subject}.`);
    return id;
  });
}

function nameOf({ kind, subject, key }: Readonly<Record<'kind' | 'subject' | 'key', string>>): string {
  return JSON.stringify([kind, subject, key]);
}
