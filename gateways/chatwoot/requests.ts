import {
  isStillTrue,
  isUnderWay,
  type MigrationStatus,
  readPreviewId,
  type Shown,
  writePreviewId,
} from '../../domain/inbox/view.js';
import type { Pool, Transaction } from '../store/sql/transaction.js';
import { chatwootTransaction, readsIn } from './connect.js';
import { type Inbox, readInboxes } from './inboxes.js';
import { refusalOf, takeInventory } from './inventory.js';
import { endMigration } from './move/check.js';
import { addReverse, liveReverse } from './migrations.js';
import { type Preview, readPreview } from './preview.js';

export interface MoveRequest {
  readonly accountId: string;
  readonly source: string;
  readonly destination: string;
  /** Null for somebody who is not a user of Chatwoot. */
  readonly userId: string | null;
  readonly assignees: 'keep' | 'unassign' | 'add-to-inbox';
  readonly possibleMatches: 'leave' | 'merge';
  readonly previewId?: string | undefined;
}

/** Why a request is refused. A refused request changes nothing. */
export interface Refused {
  readonly refused: 'source' | 'destination' | 'preview' | 'database' | 'ended' | 'unknown';
  readonly message: string;
}

/** A source and a destination that can be moved between. */
interface Pair {
  readonly source: Inbox & { readonly type: NonNullable<Inbox['type']> };
  readonly destination: Inbox & { readonly type: NonNullable<Inbox['type']> };
}

export interface AskedPreview extends Pair {
  readonly previewId: string;
  readonly preview: Preview;
}

/** Previews a move. Changes nothing. */
export async function askPreview(
  pool: Pool,
  request: Pick<MoveRequest, 'accountId' | 'source' | 'destination'>,
): Promise<AskedPreview | Refused> {
  return chatwootTransaction(pool, 'inbox-preview', async (tx) => {
    await allowLongReads(tx);
    const pair = await pairOf(tx, request);
    if ('refused' in pair) return pair;
    const preview = await readPreview(tx, request.accountId, pair.source, pair.destination);
    return { ...pair, preview, previewId: writePreviewId(shownOf(pair, preview)) };
  });
}

/** Queues a move, and records it in Chatwoot's audit. Returns its id. */
export async function queueMigration(pool: Pool, request: MoveRequest): Promise<string | Refused> {
  return chatwootTransaction(pool, 'queue-inbox-migration', async (tx) => {
    await allowLongReads(tx);
    await oneAtATime(tx, request.accountId);
    const pair = await pairOf(tx, request);
    if ('refused' in pair) return pair;
    const refused = (await outdated(tx, request, pair)) ?? (await underWay(tx, request));
    if (refused !== undefined) return refused;
    const { rows } = await tx.query<{ id: string }>(
      `INSERT INTO carryover.inbox_migrations (account_id, source_inbox_id, destination_inbox_id, user_id, assignees, possible_matches)
       VALUES ($1, $2, $3, $4, $5, $6) RETURNING id::text`,
      [
        ...[request.accountId, request.source, request.destination, request.userId],
        ...[request.assignees, request.possibleMatches],
      ],
    );
    const id = rows[0]?.id ?? '';
    await audit(tx, request, { action: 'migrate', id, destination_inbox_id: request.destination });
    return id;
  });
}

/** A migration out of `source`, and who requests; null for somebody who is not a user of Chatwoot. */
export interface AskedMigration {
  readonly accountId: string;
  readonly source: string;
  readonly userId: string | null;
  readonly id: string;
}

/** Ends a migration that has not ended; what is moved stays moved. */
export async function cancelMigration(pool: Pool, of: AskedMigration): Promise<Refused | undefined> {
  return chatwootTransaction(pool, 'cancel-inbox-migration', async (tx) => {
    const held = await lockOf(tx, of);
    if (held === undefined) return unknown(of.id);
    if (!(await endMigration(tx, of.id, 'cancelled')))
      return { refused: 'ended', message: `Migration ${of.id} is ${held.status} already.` };
    await audit(tx, of, { action: 'cancel', id: of.id });
    return undefined;
  });
}

/** Queues the migration that takes an ended one back. Returns its id. */
export async function queueReverse(pool: Pool, of: AskedMigration): Promise<string | Refused> {
  return chatwootTransaction(pool, 'queue-inbox-reverse', async (tx) => {
    await oneAtATime(tx, of.accountId);
    const held = await lockOf(tx, of);
    if (held === undefined) return unknown(of.id);
    const message = whyNotReversed(of.id, held);
    if (message !== undefined) return { refused: 'ended', message };
    const refused = await underWay(tx, { source: held.destination, destination: of.source });
    if (refused !== undefined) return refused;
    const reverse = await addReverse(tx, of.id, of.userId);
    await audit(tx, of, { action: 'reverse', id: reverse, reverses: of.id });
    return reverse;
  });
}

function whyNotReversed(id: string, held: HeldMigration): string | undefined {
  if (isUnderWay(held.status)) return `Migration ${id} is ${held.status}. Cancel it first.`;
  if (held.reversed) return `Migration ${id} has been reversed already.`;
  if (held.reverses) return `Migration ${id} is itself a reverse. Migrate the inbox again instead.`;
  return held.purged ? `The journal of migration ${id} is gone: it is too old to be reversed.` : undefined;
}

interface HeldMigration {
  readonly status: MigrationStatus;
  readonly destination: string;
  readonly reverses: boolean;
  readonly reversed: boolean;
  readonly purged: boolean;
}

async function lockOf(
  tx: Transaction,
  { accountId, source, id }: { readonly accountId: string; readonly source: string; readonly id: string },
): Promise<HeldMigration | undefined> {
  const { rows } = await tx.query<HeldMigration>(
    `SELECT status, destination_inbox_id::text AS destination, reverses_id IS NOT NULL AS reverses,
       EXISTS (${liveReverse('m.id')}) AS reversed,
       journal_purged_at IS NOT NULL AS purged
     FROM carryover.inbox_migrations m WHERE id = $1 AND account_id = $2 AND source_inbox_id = $3 FOR UPDATE`,
    [id, accountId, source],
  );
  return rows[0];
}

function unknown(id: string): Refused {
  return { refused: 'unknown', message: `There is no migration ${id} of this inbox.` };
}

async function pairOf(
  tx: Transaction,
  { accountId, source, destination }: Pick<MoveRequest, 'accountId' | 'source' | 'destination'>,
): Promise<Pair | Refused> {
  const inboxes = await readInboxes(readsIn(tx), accountId, [source, destination]);
  const from = inboxes.find(({ id }) => id === source);
  const to = inboxes.find(({ id }) => id === destination);
  if (from === undefined) return { refused: 'unknown', message: `There is no inbox ${source}.` };
  if (from.type === undefined) return { refused: 'source', message: `${from.name} is not a WhatsApp inbox.` };
  if (to === undefined) return { refused: 'destination', message: `There is no inbox ${destination}.` };
  if (to.type === undefined)
    return { refused: 'destination', message: `${to.name} is not a WhatsApp inbox.` };
  if (from.id === to.id)
    return { refused: 'destination', message: 'Source and destination are the same inbox.' };
  const refusal = refusalOf(await takeInventory(tx));
  if (refusal !== undefined) return { refused: 'database', message: refusal };
  return { source: { ...from, type: from.type }, destination: { ...to, type: to.type } };
}

async function outdated(tx: Transaction, request: MoveRequest, pair: Pair): Promise<Refused | undefined> {
  if (request.previewId === undefined) return undefined;
  const shown = readPreviewId(request.previewId);
  const now = shownOf(pair, await readPreview(tx, request.accountId, pair.source, pair.destination));
  if (shown !== undefined && isStillTrue(shown, now)) return undefined;
  return { refused: 'preview', message: 'What the preview showed is no longer so. Read it again.' };
}

function shownOf({ source, destination }: Pair, preview: Preview): Shown {
  const { conversations, messages, contactInboxes, merged } = preview;
  return {
    source: source.id,
    destination: destination.id,
    counts: [conversations, messages, contactInboxes, merged],
  };
}

/** One move at a time out of an inbox, and none into one that is being emptied. Several may go into one destination. */
async function underWay(
  tx: Transaction,
  { source, destination }: Pick<MoveRequest, 'source' | 'destination'>,
): Promise<Refused | undefined> {
  const { rows } = await tx.query<{ id: string }>(
    `SELECT id::text FROM carryover.inbox_migrations
     WHERE status IN ('queued', 'running') AND (source_inbox_id IN ($1, $2) OR destination_inbox_id = $1) LIMIT 1`,
    [source, destination],
  );
  const id = rows[0]?.id;
  return id === undefined
    ? undefined
    : { refused: 'destination', message: `Migration ${id} of one of these inboxes is under way.` };
}

/** Serializes requests: of two that would form a circle, the second finds the first. The lock ends with the transaction, so no pooler can leak it. */
async function oneAtATime(tx: Transaction, accountId: string): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtext('carryover.inbox'), hashtext($1))`, [accountId]);
}

/** Chatwoot's own audit has words for `create`, `update` and `destroy` alone. */
async function audit(
  tx: Transaction,
  { accountId, source, userId }: Pick<AskedMigration, 'accountId' | 'source' | 'userId'>,
  migration: Readonly<Record<string, string>>,
): Promise<void> {
  const { rows } = await tx.query<{ exists: boolean }>(
    `SELECT to_regclass('public.audits') IS NOT NULL AS exists`,
  );
  if (rows[0]?.exists !== true) return;
  await tx.query(
    `INSERT INTO public.audits (auditable_id, auditable_type, associated_id, associated_type, user_id, user_type, action, audited_changes, version, created_at)
     SELECT $1, 'Inbox', $2, 'Account', $3::bigint, CASE WHEN $3::bigint IS NOT NULL THEN 'User' END, 'update', $4,
       1 + coalesce((SELECT max(version) FROM public.audits WHERE auditable_type = 'Inbox' AND auditable_id = $1), 0), now() AT TIME ZONE 'UTC'`,
    [source, accountId, userId, JSON.stringify({ inbox_migration: [null, migration] })],
  );
}

/** A preview counts a whole inbox. It only reads, so it blocks nobody. */
async function allowLongReads(tx: Transaction): Promise<void> {
  await tx.query(`SELECT set_config('statement_timeout', '60000', true)`);
}
