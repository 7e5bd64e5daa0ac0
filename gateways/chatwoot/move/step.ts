import { systemClock } from '../../clock.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { Transaction } from '../../store/sql/transaction.js';
import { bounded } from './bounded.js';
import { check } from './check.js';
import {
  type Advance,
  type InboxMigration,
  type InboxTypes,
  MOVED_NOTHING,
  type OnLock,
  readTypes,
} from './migration.js';
import { json } from './json.js';
import {
  applyBatch,
  decideBatch,
  followMerged,
  messagesElsewhere,
  repointSenders,
  WHOLE_MESSAGES,
} from './contacts.js';
import { rebuildRollups } from './rollups.js';
import { type BatchLimits, nextPlanned, type Planned, readClusters } from './read-batch.js';

/** A move fails after so many rounds that moved nothing, because its conversations change whenever their batch comes. */
const IDLE_ROUNDS = 5;

/**
 * Does the next batch of a move, in the caller's transaction, which holds the migration's row and the fence:
 *
 * 1. `plan`: finds what is in the source and can be moved. The first round also records whom the destination knows.
 * 2. `move`: moves the older messages of a large conversation, otherwise the next contacts of the plan with everything that they have.
 * 3. `sweep`: moves what Chatwoot has added to moved conversations under the old inbox or contact, until nothing is found; then the next round.
 * 4. A round that finds nothing is the last: `rollups`, then `check`.
 *
 * Returns the migration's next state.
 */
export async function moveStep(
  tx: Transaction,
  migration: InboxMigration,
  limits: BatchLimits,
  onLock: OnLock,
): Promise<Advance> {
  switch (migration.stage) {
    case 'plan':
      return plan(tx, migration);
    case 'move':
      return move(tx, migration, limits, onLock);
    case 'sweep':
      return sweep(tx, migration, limits, onLock);
    case 'rollups':
      return rollups(tx, migration, limits, onLock);
    case 'check':
      return check(tx, migration);
    case 'undo':
    case 'done':
      throw new CarryoverError(
        'Unexpected',
        `Inbox migration ${migration.id} has no batch at ${migration.stage}.`,
      );
  }
}

type PlannedRound = NonNullable<Advance['planned']> & { readonly clusters: number };

async function plan(tx: Transaction, migration: InboxMigration): Promise<Advance> {
  const { id, source, destination, possibleMatches, round } = migration;
  const types = await readTypes(tx, migration);
  const note = round === 1 ? 'inbox_note_identities' : 'inbox_note_late_identities';
  await tx.query(`SELECT carryover.${note}($1, $2, $3)`, [id, destination, types.destination]);
  const planned = await json<PlannedRound>(tx, 'inbox_plan_round($1, $2, $3, $4, $5, $6)', [
    ...[id, source, types.source, destination, types.destination, possibleMatches],
  ]);
  const isOver = round > 1 && planned.clusters === 0;
  if (!isOver && (await idleRounds(tx, migration)) > IDLE_ROUNDS)
    throw new CarryoverError(
      'CheckUnequal',
      `${planned.conversations} conversations of inbox ${source} cannot be moved: they change whenever their batch comes.`,
    );
  return { stage: isOver ? 'rollups' : 'move', position: '0', planned };
}

/** How many rounds in a row, including this one, have moved nothing. */
async function idleRounds(tx: Transaction, { id }: InboxMigration): Promise<number> {
  const { rows } = await tx.query<{ idle_rounds: number }>(
    `UPDATE carryover.inbox_migrations SET
       idle_rounds = CASE WHEN moved_before = conversations_moved + contact_inboxes_moved THEN idle_rounds + 1 ELSE 0 END,
       moved_before = conversations_moved + contact_inboxes_moved
     WHERE id = $1 RETURNING idle_rounds`,
    [id],
  );
  return rows[0]?.idle_rounds ?? 0;
}

async function move(
  tx: Transaction,
  migration: InboxMigration,
  limits: BatchLimits,
  onLock: OnLock,
): Promise<Advance> {
  const since = systemClock.elapsed();
  const tail = await json<string | null>(tx, 'inbox_tail($1, $2, $3)', [
    migration.id,
    migration.destination,
    limits.messages,
  ]);
  if (tail !== null) onLock(since);
  if (tail !== null) return { stage: 'move', moved: { ...MOVED_NOTHING, messages: Number(tail) } };
  const planned = await nextPlanned(tx, migration, limits);
  if (planned.length === 0) return { stage: 'sweep' };
  const types = await readTypes(tx, migration);
  await tx.query('SELECT carryover.inbox_note_late_identities($1, $2, $3)', [
    migration.id,
    migration.destination,
    types.destination,
  ]);
  const { last, isPartial, decided, elsewhere } = await decideWhatFits(tx, migration, types, planned, limits);
  // Everything before this only reads.
  onLock();
  const [merge] = decided.merges;
  if (merge !== undefined && elsewhere > WHOLE_MESSAGES) {
    await repointSenders(tx, migration, merge, limits);
    return { stage: 'move' };
  }
  const apply = () => applyBatch(tx, migration, decided, limits);
  // A single conversation is moved as a whole, however long that takes.
  const isWhole = limits.lockMs === undefined || decided.conversations.length <= 1;
  const moved = await (isWhole ? apply() : bounded(tx, limits.lockMs, apply));
  if (isPartial) await followMerged(tx, migration, last, decided);
  return { stage: 'move', position: isPartial ? migration.position : last, moved };
}

/** As many of the planned contacts as can be moved without repointing more messages of other conversations than a batch may; at least the first. */
async function decideWhatFits(
  tx: Transaction,
  migration: InboxMigration,
  types: InboxTypes,
  planned: readonly Planned[],
  limits: BatchLimits,
) {
  let rows = planned;
  let read = limits;
  for (;;) {
    const clusters = await readClusters(tx, migration, rows, read);
    const decided = await decideBatch(tx, migration, types, clusters);
    const elsewhere = await messagesElsewhere(tx, decided);
    if (rows.length > 1 && elsewhere > limits.messages) {
      rows = rows.slice(0, Math.ceil(rows.length / 2));
      continue;
    }
    const isPartial = clusters.some((cluster) => cluster.isPartial);
    // If all conversations that were read of a large contact stay, more of them are read.
    if (isPartial && decided.conversations.length === 0 && decided.merges.length === 0) {
      read = { conversations: 2 * read.conversations, messages: 2 * read.messages };
      continue;
    }
    return { last: rows.at(-1)?.ordinal ?? migration.position, isPartial, decided, elsewhere };
  }
}

interface Swept {
  readonly rows: number;
  readonly messages: number;
  readonly attachments: number;
  /** Milliseconds since the first lock. */
  readonly lockMs: number;
}

async function sweep(
  tx: Transaction,
  migration: InboxMigration,
  limits: BatchLimits,
  onLock: OnLock,
): Promise<Advance> {
  const { id, batches, source, destination, round } = migration;
  const { rows, messages, attachments, lockMs } = await json<Swept>(tx, 'inbox_sweep($1, $2, $3, $4, $5)', [
    ...[id, batches, source, destination, limits.messages],
  ]);
  if (rows > 0) onLock(systemClock.elapsed() - lockMs);
  const moved = { ...MOVED_NOTHING, messages, attachments };
  if (rows > 0) return { stage: 'sweep', moved };
  return { stage: 'plan', round: round + 1, moved };
}

async function rollups(
  tx: Transaction,
  migration: InboxMigration,
  limits: BatchLimits,
  onLock: OnLock,
): Promise<Advance> {
  const { source, destination, position } = migration;
  const inbox = position === '0' ? source : destination;
  const isDone = await rebuildRollups(tx, migration, inbox, limits, onLock);
  if (!isDone) return { stage: 'rollups' };
  return inbox === source ? { stage: 'rollups', position: '1' } : { stage: 'check' };
}
