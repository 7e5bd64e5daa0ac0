import type { MigrationRef } from '../../../domain/engine/migration-ref.js';
import { jsonText } from '../sql/json-text.js';
import type { Transaction } from '../sql/transaction.js';

/** What a migration consists of, each imported as a whole. */
export interface UnitRef extends MigrationRef {
  readonly key: string;
}

/** With the name that people know it by. */
export interface NamedUnit extends UnitRef {
  readonly name: string;
}

/** Creates the rows of units, whose migrations are there already, or renames them; returns their ids in the same order. Idempotent. */
export async function addUnits(tx: Transaction, units: readonly NamedUnit[]): Promise<bigint[]> {
  const rows = await tx.rows<{ id: bigint; kind: string; subject: string; key: string }>`
    WITH told AS (
      SELECT kind, subject, key, told.name, m.id AS migration_id
      FROM jsonb_to_recordset(${jsonText(units)}::jsonb) AS told (kind text, subject text, key text, name text)
      JOIN carryover.migrations m USING (kind, subject)
    ), made AS (
      INSERT INTO carryover.units (migration_id, key, name) SELECT migration_id, key, name FROM told ORDER BY migration_id, key
      ON CONFLICT (migration_id, key) DO UPDATE SET name = excluded.name RETURNING id, migration_id, key
    )
    SELECT made.id, kind, subject, key FROM made JOIN told USING (migration_id, key)`;
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
