/** The migrations of inboxes in the store. Their progress and results are in Chatwoot's database. */

import type pg from 'pg';
import { SIGNALS } from '../../../domain/engine/messages.js';
import { INBOX, inboxWorkflowId } from '../../../domain/inbox/names.js';
import type { MigrationStatus } from '../../../domain/inbox/view.js';
import { ask } from '../sql/ask.js';
import type { Transaction } from '../sql/transaction.js';
import { type SteeredRows, steeredRows } from '../migrations/steered-rows.js';
import { addWorkflowMessage } from '../migrations/workflow-messages.js';
import { addUnits } from '../work/units.js';

/** By subject (`inboxSubject`): the migrations of one source. */
export const INBOX_ROWS: SteeredRows = steeredRows(INBOX, {
  running: 'running' satisfies MigrationStatus,
  cancelled: 'cancelled' satisfies MigrationStatus,
  failed: 'failed' satisfies MigrationStatus,
});

export interface QueuedMove {
  readonly subject: string;
  /** The id in `carryover.inbox_migrations`. */
  readonly id: string;
  /** Of the inbox that is emptied. */
  readonly name: string;
}

/**
 * Records that a migration is under way, and signals its workflow, which starts or looks for work again. Idempotent.
 *
 * @param at ISO 8601
 */
export async function startMove(
  tx: Transaction,
  { subject, id, name }: QueuedMove,
  { by, at }: { readonly by: string; readonly at: string },
): Promise<void> {
  await INBOX_ROWS.start(tx, subject, by);
  // A pause of the previous move does not apply to this one.
  await INBOX_ROWS.steer(tx, subject, (state) => ({ ...state, paused: undefined }));
  await addUnits(tx, [{ kind: INBOX, subject, key: id, name }]);
  await tx.query('UPDATE carryover.migrations SET name = $2 WHERE kind = $3 AND subject = $1', [
    subject,
    name,
    INBOX,
  ]);
  await callMove(tx, subject, { by, at });
}

/** Has the workflow find what there is to do, even if it has ended. */
export function callMove(
  tx: Transaction,
  subject: string,
  { by, at }: { readonly by: string; readonly at: string },
): Promise<void> {
  return addWorkflowMessage(tx, {
    migration: { kind: INBOX, subject },
    workflowId: inboxWorkflowId(subject),
    signal: SIGNALS.start,
    payload: { by, at, afresh: true },
  });
}

/** The ids of a subject's migrations that the store knows. */
export async function knownMoves(tx: Pick<Transaction, 'query'>, subject: string): Promise<string[]> {
  const { rows } = await tx.query<{ key: string }>(
    `SELECT u.key FROM carryover.units u JOIN carryover.migrations m ON m.id = u.migration_id
     WHERE m.kind = $1 AND m.subject = $2 ORDER BY u.id`,
    [INBOX, subject],
  );
  return rows.map(({ key }) => key);
}

/** The subjects that are under way according to the store. */
export async function runningSubjects(pool: pg.Pool): Promise<string[]> {
  const rows = await ask<{ subject: string }>(
    pool,
    `SELECT subject FROM carryover.migrations WHERE kind = $1 AND status = $2`,
    [INBOX, 'running' satisfies MigrationStatus],
  );
  return rows.map(({ subject }) => subject);
}
