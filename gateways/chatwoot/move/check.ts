import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { Transaction } from '../../store/sql/transaction.js';
import type { Advance, InboxMigration } from './migration.js';

/** What must hold for every moved conversation that still exists, keyed by the violation. */
const BROKEN = {
  'conversations are not in the destination': `SELECT count(*) FROM moved WHERE inbox_id <> $2`,
  "conversations' contact inbox is not the destination's, or not their contact's": `
    SELECT count(*) FROM moved v JOIN public.contacts p ON p.id = v.contact_id
    LEFT JOIN public.contact_inboxes b ON b.id = v.contact_inbox_id
    WHERE b.inbox_id IS DISTINCT FROM $2 OR b.contact_id IS DISTINCT FROM v.contact_id`,
  'messages name another inbox': `
    SELECT count(*) FROM moved v JOIN public.messages m ON m.conversation_id = v.id WHERE m.inbox_id <> $2`,
  'reporting events name another inbox': `
    SELECT count(*) FROM moved v JOIN public.reporting_events e ON e.conversation_id = v.id WHERE e.inbox_id IS DISTINCT FROM $2`,
  'SLA events name another inbox': `
    SELECT count(*) FROM moved v JOIN public.sla_events e ON e.conversation_id = v.id WHERE e.inbox_id <> $2`,
} as const;

/** Checks what was moved, as Chatwoot has it now. Throws CarryoverError `CheckUnequal`; otherwise the migration is completed. */
export async function check(tx: Transaction, { id, destination }: InboxMigration): Promise<Advance> {
  const columns = Object.values(BROKEN).map((query, n) => `(${query})::integer AS "${n}"`);
  const { rows } = await tx.query<Record<string, number>>(
    `WITH moved AS MATERIALIZED (
       SELECT c.id, c.inbox_id, c.contact_id, c.contact_inbox_id
       FROM carryover.inbox_moved m JOIN public.conversations c ON c.id = m.conversation_id WHERE m.migration_id = $1)
     SELECT ${columns.join(', ')}`,
    [id, destination],
  );
  const wrong = Object.keys(BROKEN).flatMap((what, n) => {
    const count = rows[0]?.[String(n)] ?? 0;
    return count === 0 ? [] : [`${count} ${what}`];
  });
  if (wrong.length > 0)
    throw new CarryoverError('CheckUnequal', `After inbox migration ${id}: ${wrong.join('; ')}.`);
  await endMigration(tx, id, 'completed');
  return { stage: 'done' };
}

/** Ends a migration unless it has ended. */
export async function endMigration(
  tx: Pick<Transaction, 'query'>,
  id: string,
  status: 'completed' | 'failed' | 'cancelled',
  message?: string,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE carryover.inbox_migrations SET status = $2, error_message = $3, completed_at = now() AT TIME ZONE 'UTC', updated_at = now() AT TIME ZONE 'UTC'
     WHERE id = $1 AND status IN ('queued', 'running')`,
    [id, status, message ?? null],
  );
  return rowCount === 1;
}
