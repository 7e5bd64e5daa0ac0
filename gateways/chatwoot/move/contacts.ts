import { randomUUID } from 'node:crypto';
import { type Cluster, decide, type Decided } from '../../../domain/inbox/decide.js';
import { mergeWaves } from '../../../domain/inbox/merge-waves.js';
import type { Transaction } from '../../store/sql/transaction.js';
import { json } from './json.js';
import type { InboxMigration, InboxTypes, Moved } from './migration.js';
import { type BatchLimits, readHeld } from './read-batch.js';

/** A conversation of up to so many messages is never seen half moved. */
export const WHOLE_MESSAGES = 5_000;

/** Decides where everything that these contacts have in the source goes. */
export async function decideBatch(
  tx: Transaction,
  migration: InboxMigration,
  types: InboxTypes,
  clusters: readonly Cluster[],
): Promise<Decided> {
  const held = await readHeld(tx, migration, types.source, clusters);
  const taken = await takenSourceIds(tx, migration, types, clusters);
  let added = 0;
  const decided = decide(clusters, held, {
    ...types,
    possibleMatches: migration.possibleMatches,
    mint: randomUUID,
    isTaken: (sourceId) => taken.has(sourceId),
    newId: () => String(--added),
  });
  return added === 0 ? decided : withIds(decided, await newIds(tx, -added));
}

/** A source id of Evolution does not identify a person, so another contact of the destination may have it. */
async function takenSourceIds(
  tx: Transaction,
  { destination }: InboxMigration,
  types: InboxTypes,
  clusters: readonly Cluster[],
): Promise<ReadonlySet<string>> {
  if (types.source !== 'evolution' || types.destination !== 'evolution') return new Set();
  const { rows } = await tx.query<{ source_id: string }>(
    'SELECT source_id FROM public.contact_inboxes WHERE inbox_id = $1 AND source_id = ANY ($2::text[])',
    [destination, clusters.flatMap(({ boxes }) => boxes.map(({ sourceId }) => sourceId))],
  );
  return new Set(rows.map(({ source_id }) => source_id));
}

/** New contact inboxes have negative ids until it is known how many there are. */
function withIds({ additions, conversations, ...rest }: Decided, ids: readonly string[]): Decided {
  const idOf = (id: string) => (id.startsWith('-') ? (ids[-Number(id) - 1] ?? id) : id);
  return {
    ...rest,
    additions: additions.map((each) => ({ ...each, id: idOf(each.id) })),
    conversations: conversations.map((each) => ({
      ...each,
      contactInbox: each.contactInbox === null ? null : idOf(each.contactInbox),
    })),
  };
}

async function newIds(tx: Transaction, count: number): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `SELECT nextval(pg_get_serial_sequence('public.contact_inboxes', 'id'))::text AS id FROM generate_series(1, $1)`,
    [count],
  );
  return rows.map(({ id }) => id);
}

/** How many messages of other conversations name the contacts that these merges remove. Counts at most WHOLE_MESSAGES + 1 for each contact. */
export async function messagesElsewhere(
  tx: Transaction,
  { merges, conversations }: Pick<Decided, 'merges' | 'conversations'>,
): Promise<number> {
  if (merges.length === 0) return 0;
  const { rows } = await tx.query<{ messages: number }>(
    `SELECT coalesce(sum((SELECT count(*) FROM (
       SELECT FROM public.messages m WHERE m.sender_type = 'Contact' AND m.sender_id = g.gone AND m.conversation_id <> ALL ($2::integer[]) LIMIT $3) AS counted)), 0)::integer AS messages
     FROM unnest($1::bigint[]) AS g(gone)`,
    [merges.map(({ gone }) => gone), conversations.map(({ id }) => id), WHOLE_MESSAGES + 1],
  );
  return rows[0]?.messages ?? 0;
}

/** Repoints some messages of a contact that has many, before it is merged. */
export async function repointSenders(
  tx: Transaction,
  { id, batches }: InboxMigration,
  { gone, kept }: Decided['merges'][number],
  limits: BatchLimits,
): Promise<void> {
  await tx.query(
    `SELECT carryover.inbox_set($1, $2, 'messages', 'sender_id', $3, ARRAY(
       SELECT id FROM public.messages WHERE sender_type = 'Contact' AND sender_id = $4 ORDER BY id LIMIT $5))`,
    [id, batches, kept, gone, limits.messages],
  );
}

export async function applyBatch(
  tx: Transaction,
  { id, batches, accountId, source, destination, assignees }: InboxMigration,
  decided: Decided,
  limits: BatchLimits,
): Promise<Moved> {
  return json<Moved>(tx, 'inbox_apply($1, $2, $3, $4, $5, $6, $7)', [
    ...[id, batches, accountId, source, destination, assignees],
    JSON.stringify({
      ...decided,
      waves: mergeWaves(decided.merges),
      whole: WHOLE_MESSAGES,
      newest: limits.messages,
    }),
  ]);
}

/** The rest of a large contact that was merged is planned under the contact that remains. */
export async function followMerged(
  tx: Transaction,
  { id }: InboxMigration,
  ordinal: string,
  { merges: [merge] }: Decided,
): Promise<void> {
  if (merge === undefined) return;
  await tx.query('UPDATE carryover.inbox_plan SET contact_id = $3 WHERE migration_id = $1 AND ordinal = $2', [
    id,
    ordinal,
    merge.kept,
  ]);
}
