import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { InboxType } from '../../../domain/inbox/inbox-type.js';
import type { MigrationStatus } from '../../../domain/inbox/view.js';
import type { Transaction } from '../../store/sql/transaction.js';
import { readsIn } from '../connect.js';
import { readInboxes } from '../inboxes.js';

export type Stage = 'plan' | 'move' | 'sweep' | 'rollups' | 'check' | 'undo' | 'done';

/** The state of a migration. Ids are text. */
export interface InboxMigration {
  readonly id: string;
  readonly accountId: string;
  readonly source: string;
  readonly destination: string;
  readonly status: MigrationStatus;
  readonly stage: Stage;
  readonly round: number;
  readonly position: string;
  readonly batches: string;
  readonly assignees: 'keep' | 'unassign' | 'add-to-inbox';
  readonly possibleMatches: 'leave' | 'merge';
  /** The migration that this one reverses. */
  readonly reverses: string | null;
}

const COLUMNS = `id::text, account_id::text AS "accountId", source_inbox_id::text AS source, destination_inbox_id::text AS destination, status, stage, round,
  position::text, batches::text, assignees, possible_matches AS "possibleMatches", reverses_id::text AS reverses`;

/** Locks the migration's row, so that its batches come one after the other. */
export async function lockMigration(tx: Transaction, id: string): Promise<InboxMigration> {
  const { rows } = await tx.query<InboxMigration>(
    `SELECT ${COLUMNS} FROM carryover.inbox_migrations WHERE id = $1 FOR UPDATE`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) throw new CarryoverError('Unexpected', `There is no inbox migration ${id}.`);
  return row;
}

export interface InboxTypes {
  readonly source: InboxType;
  readonly destination: InboxType;
}

/** Throws CarryoverError if one of the inboxes is gone, or is not WhatsApp-like any more. */
export async function readTypes(tx: Transaction, migration: InboxMigration): Promise<InboxTypes> {
  const inboxes = await readInboxes(readsIn(tx), migration.accountId, [
    migration.source,
    migration.destination,
  ]);
  const typeOf = (id: string): InboxType => {
    const type = inboxes.find((inbox) => inbox.id === id)?.type;
    if (type !== undefined) return type;
    throw new CarryoverError(
      'CheckUnequal',
      `Inbox ${id} of account ${migration.accountId} is gone, or is no WhatsApp inbox any more.`,
    );
  };
  return { source: typeOf(migration.source), destination: typeOf(migration.destination) };
}

/** What a batch has moved. */
export interface Moved {
  readonly conversations: number;
  readonly messages: number;
  readonly attachments: number;
  readonly contactInboxes: number;
  readonly merged: number;
}

export const MOVED_NOTHING: Moved = {
  conversations: 0,
  messages: 0,
  attachments: 0,
  contactInboxes: 0,
  merged: 0,
};

export interface Advance {
  readonly stage: Stage;
  readonly round?: number;
  readonly position?: string;
  readonly moved?: Moved;
  /** What is still to be moved; totals become this plus what has been moved. */
  readonly planned?: Omit<Moved, 'merged'> & { readonly left: Readonly<Record<string, number>> };
}

/** Records a step of the migration. Totals never fall below what has been moved. */
export async function advanceMigration(
  tx: Transaction,
  migration: InboxMigration,
  advance: Advance,
): Promise<void> {
  const { moved = MOVED_NOTHING, planned, stage } = advance;
  const totals = ['conversations', 'messages', 'attachments', 'contact_inboxes'] as const;
  const count = (of: Omit<Moved, 'merged'> | undefined, name: (typeof totals)[number]) =>
    of && (name === 'contact_inboxes' ? of.contactInboxes : of[name]);
  const sets = totals.map((name, n) => {
    const done = `${name}_moved + $${n + 7}`;
    return `${name}_moved = ${done}, ${name}_count = CASE WHEN $${n + 11}::bigint IS NULL THEN greatest(${name}_count, ${done}) ELSE ${done} + $${n + 11} END`;
  });
  await tx.query(
    `UPDATE carryover.inbox_migrations SET stage = $2, round = $3, position = $4, contacts_merged = contacts_merged + $5,
       details = CASE WHEN $6::jsonb IS NULL THEN details ELSE details || jsonb_build_object('left', $6::jsonb) END,
       batches = batches + 1, status = CASE status WHEN 'queued' THEN 'running' ELSE status END, started_at = coalesce(started_at, now() AT TIME ZONE 'UTC'), updated_at = now() AT TIME ZONE 'UTC',
       ${sets.join(', ')}
     WHERE id = $1`,
    [
      migration.id,
      stage,
      advance.round ?? migration.round,
      advance.position ?? migration.position,
      moved.merged,
      planned ? JSON.stringify(planned.left) : null,
      ...totals.map((name) => count(moved, name)),
      ...totals.map((name) => count(planned, name) ?? null),
    ],
  );
}

/** Called once rows of Chatwoot are locked. `at` is the time of the lock if it is earlier, by the system's clock. */
export type OnLock = (at?: number) => void;
