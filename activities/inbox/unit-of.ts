import { CarryoverError } from '../../domain/engine/failures/failures.js';
import type { WorkRef } from '../../domain/engine/work.js';
import { ask } from '../../gateways/store/sql/ask.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';

/** The store's id of a migration. Throws LeaseLost if it is gone. */
export async function unitOf(store: Pool, { subject, unit }: WorkRef): Promise<string> {
  const [row] = await ask<{ id: string }>(
    store,
    `SELECT u.id FROM carryover.units u JOIN carryover.migrations m ON m.id = u.migration_id
     WHERE m.kind = 'inbox' AND m.subject = $1 AND u.key = $2`,
    [subject, unit],
  );
  if (row === undefined)
    throw new CarryoverError('LeaseLost', `Inbox migration ${unit} is not in the store any more.`);
  return row.id;
}
