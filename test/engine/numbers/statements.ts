import type { WorkRef } from '../../../domain/engine/work.js';
import { raiseFence } from '../../../gateways/postgres/fence.js';
import { ask } from '../../../gateways/store/sql/ask.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import type { PhaseRef } from '../../../gateways/store/work/phase-ref.js';
import { closePhase } from '../../../gateways/store/work/plans.js';

/** `times` reveals a batch that was written twice. */
export const CREATE_NUMBERS = `
  CREATE TABLE numbers (unit text, key text COLLATE "C", label text, times integer NOT NULL DEFAULT 1, PRIMARY KEY (unit, key))`;
export const CREATE_FINDINGS =
  'CREATE TABLE findings (run text, unit text, key text, PRIMARY KEY (run, unit, key))';

const INSERT = `INSERT INTO numbers (unit, key, label) SELECT $1, unnest($2::text[]), unnest($3::text[]) ON CONFLICT (unit, key)`;
export const TAKE = `${INSERT} DO UPDATE SET times = numbers.times + 1`;
export const WRITE = `${INSERT} DO UPDATE SET label = excluded.label`;
export const REMOVE =
  'DELETE FROM numbers WHERE unit = $1 AND key = ANY ($2::text[]) AND $3::text[] IS NOT NULL';
export const HELD = `
  SELECT key, label FROM numbers
  WHERE unit = $1 AND ($2::text IS NULL OR key >= $2) AND ($3::text IS NULL OR key < $3)`;

/** The unit's row in the store. */
export async function unitOf(store: Pool, { subject, unit }: WorkRef): Promise<string> {
  const [row] = await ask<{ id: string }>(
    store,
    `SELECT u.id FROM carryover.units u JOIN carryover.migrations m ON m.id = u.migration_id
     WHERE m.subject = $1 AND u.key = $2`,
    [subject, unit],
  );
  if (!row) throw new Error(`no unit ${unit}`);
  return row.id;
}

/** Before an undo: a copy that still runs somewhere writes nothing more. */
export async function shutOut(store: Pool, elsewhere: Pool | undefined, copy: PhaseRef): Promise<void> {
  for (const { id, lease } of await closePhase(store, copy))
    if (elsewhere) await raiseFence(elsewhere, id, lease);
}
