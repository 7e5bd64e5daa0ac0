import type { Transaction } from '../../store/sql/transaction.js';
import { bounded } from './bounded.js';
import { endMigration } from './check.js';
import { WHOLE_MESSAGES } from './contacts.js';
import { json } from './json.js';
import { type Advance, type InboxMigration, type Moved, MOVED_NOTHING, type OnLock } from './migration.js';
import type { BatchLimits } from './read-batch.js';
import { rebuildRollups } from './rollups.js';
import { nextPart } from './undo-part.js';

/** Positions after the last batch, at which the figures of an inbox are brought in line. */
const SOURCE = '-1';
const DESTINATION = '-2';

/** How many conversations are searched for late messages at once. */
const SWEPT = 500;

/**
 * Undoes the next part of another migration's newest remaining batch, in the caller's transaction. The position is the oldest undone entry of its
 * journal. `source` and `destination` are those of the reverse, so they are swapped. When no batch is left, moves messages that Chatwoot has added
 * meanwhile to their conversations' inbox, brings the figures of both inboxes in line, and ends. Returns the migration's next state. Throws
 * BatchTooLong if the part would hold its locks for too long and could be smaller.
 */
export async function undoStep(
  tx: Transaction,
  migration: InboxMigration,
  reversed: string,
  limits: BatchLimits,
  onLock: OnLock,
): Promise<Advance> {
  const { id, source, destination, position } = migration;
  const tail = await json<string | null>(tx, 'inbox_tail($1, $2, $3)', [id, destination, limits.messages]);
  if (tail !== null) {
    return { stage: 'undo', moved: { ...MOVED_NOTHING, messages: Number(tail) } };
  }
  const isDone = position === SOURCE || position === DESTINATION;
  const part = isDone ? undefined : await nextPart(tx, migration, reversed, limits);
  if (part === undefined) return end(tx, migration, reversed, limits, onLock);
  const { batch, downTo, only, isSmallest } = part;
  onLock();
  const undo = () =>
    json<Moved & { readonly undone: number }>(tx, 'inbox_undo($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)', [
      ...[id, reversed, batch, position, downTo, only, destination, source, WHOLE_MESSAGES, limits.messages],
    ]);
  const { undone, ...moved } = await (limits.lockMs === undefined || isSmallest
    ? undo()
    : bounded(tx, limits.lockMs, undo));
  return { stage: 'undo', position: String(undone), moved };
}

async function end(
  tx: Transaction,
  migration: InboxMigration,
  reversed: string,
  limits: BatchLimits,
  onLock: OnLock,
): Promise<Advance> {
  const { id, source, destination, position } = migration;
  const late = await sweepBack(tx, migration, reversed, onLock);
  if (late !== undefined) {
    return { stage: 'undo', moved: { ...MOVED_NOTHING, messages: late } };
  }
  const { rows } = await tx.query<{ since: string | null }>(
    'SELECT (started_at::date - 1)::text AS since FROM carryover.inbox_migrations WHERE id = $1',
    [reversed],
  );
  const isLast = position === DESTINATION;
  const inbox = isLast ? destination : source;
  const isDone = await rebuildRollups(tx, migration, inbox, limits, onLock, rows[0]?.since ?? null);
  if (!isDone || !isLast) return { stage: 'undo', position: isDone ? DESTINATION : SOURCE };
  await tx.query(
    `UPDATE carryover.inbox_migrations SET conversations_count = conversations_moved, messages_count = messages_moved,
       attachments_count = attachments_moved, contact_inboxes_count = contact_inboxes_moved WHERE id = $1`,
    [id],
  );
  await endMigration(tx, id, 'completed');
  return { stage: 'done' };
}

/** Searches the next conversations that have gone back. Returns how many messages followed them; undefined once all have been searched. */
async function sweepBack(
  tx: Transaction,
  { id, source, destination }: InboxMigration,
  reversed: string,
  onLock: OnLock,
): Promise<number | undefined> {
  const { rows } = await tx.query<{ conversations: string[] }>(
    `UPDATE carryover.inbox_migrations m SET swept_to = n.conversations[cardinality(n.conversations)]
     FROM (
       SELECT array_agg(conversation_id ORDER BY conversation_id) AS conversations FROM (
         SELECT v.conversation_id FROM carryover.inbox_moved v
         WHERE v.migration_id = $2 AND v.conversation_id > (SELECT swept_to FROM carryover.inbox_migrations WHERE id = $1)
         ORDER BY v.conversation_id LIMIT ${SWEPT}) AS next) AS n
     WHERE m.id = $1 AND n.conversations IS NOT NULL RETURNING n.conversations`,
    [id, reversed],
  );
  const conversations = rows[0]?.conversations;
  if (conversations === undefined) return undefined;
  onLock();
  return Number(
    await json<string>(tx, 'inbox_sweep_back($1, $2, $3, $4)', [
      reversed,
      conversations,
      source,
      destination,
    ]),
  );
}
