import type { ThreadRow } from '../../../../domain/conversations/records/rows.js';
import { removeThreadless } from '../import/contacts.js';
import { followSources, mergedStatuses } from '../import/thread-status.js';
import { lockThreads, removeEmpty } from '../import/threads.js';
import type { Transaction } from '../../sql/transaction.js';

/** A source thread and the thread that it leaves; the store's id. */
export interface LeavingSource {
  readonly sourceId: string;
  readonly threadId: string;
}

/**
 * Removes source threads, whose messages stay for the moment. The status of their threads follows the remaining sources, unless a person has edited
 * it.
 */
export async function removeSources(tx: Transaction, sources: readonly LeavingSource[]): Promise<void> {
  if (sources.length === 0) return;
  const threadIds = [...new Set(sources.map(({ threadId }) => threadId))];
  await lockThreads(tx, threadIds);
  const before = await mergedStatuses(tx, threadIds);
  await tx.query('DELETE FROM thread_sources WHERE source_id = ANY ($1::text[])', [
    sources.map(({ sourceId }) => sourceId),
  ]);
  await followSources(tx, threadIds, before, new Set(threadIds));
}

/** The source's current state of a thread that may have named its contact; undefined if the thread is gone. */
export interface NameGiver {
  readonly sourceId: string;
  readonly row: Pick<ThreadRow, 'c2' | 'contactName' | 'lastMessageAt'> | undefined;
}

/**
 * Clears a contact's name if the thread that gave it has none any more, has an older time, or names another contact. A name that a person has written
 * stays. MUST run before the threads change. Returns these contacts; their names must be taken again from their other threads (`giversOf`).
 */
export async function takeNames(tx: Transaction, givers: readonly NameGiver[]): Promise<string[]> {
  if (givers.length === 0) return [];
  const { rows } = await tx.query<{ id: string }>(
    `UPDATE contacts c SET name = CASE WHEN c.name IS DISTINCT FROM c.source_name THEN c.name END,
       source_name = NULL, name_at = NULL, name_source_id = NULL
     FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) AS v (source_id, identity, name, name_at)
     JOIN thread_sources s ON s.source_id = v.source_id COLLATE "C" JOIN message_threads t ON t.id = s.thread_id
     WHERE c.id = t.contact_id AND c.name_source_id = s.source_id AND (v.name IS NULL OR c.identity <> v.identity
       OR coalesce(v.name_at, '-infinity') < coalesce(c.name_at, '-infinity'))
     RETURNING c.id`,
    [
      givers.map(({ sourceId }) => sourceId),
      givers.map(({ row }) => row?.c2 ?? null),
      givers.map(({ row }) => row?.contactName ?? null),
      givers.map(({ row }) => row?.lastMessageAt ?? null),
    ],
  );
  return rows.map(({ id }) => id);
}

/** The source threads of contacts, with Conversations' ids of their brands, at most `limit`. */
export async function giversOf(
  tx: Transaction,
  contactIds: readonly string[],
  limit: number,
): Promise<{ readonly sourceId: string; readonly brandId: string }[]> {
  if (contactIds.length === 0) return [];
  const { rows } = await tx.query<{ source_id: string; brand: string }>(
    `SELECT s.source_id, b.source_id AS brand FROM message_threads t JOIN thread_sources s ON s.thread_id = t.id
     JOIN brands b ON b.id = t.brand_id WHERE t.contact_id = ANY ($1::bigint[]) ORDER BY t.id DESC LIMIT $2`,
    [contactIds, limit],
  );
  return rows.map((row) => ({ sourceId: row.source_id, brandId: row.brand }));
}

/**
 * Removes those of these threads that have neither a source nor a message. Then removes their contacts, and those of `contactIds`, that have no
 * thread. A large thread is emptied by a later transaction than the one that removed its source and knew its contact.
 */
export async function removeEmptied(
  tx: Transaction,
  threadIds: readonly string[],
  contactIds: readonly string[],
): Promise<void> {
  await removeThreadless(tx, [...contactIds, ...(await removeEmpty(tx, threadIds))]);
}

/** The ids of messages that are still in a thread that their source thread has left, at most `limit`. */
export async function messagesLeft(
  tx: Transaction,
  sources: readonly LeavingSource[],
  limit: number,
): Promise<string[]> {
  if (sources.length === 0) return [];
  const { rows } = await tx.query<{ source_id: string }>(
    `SELECT m.source_id FROM unnest($1::text[], $2::bigint[]) AS v (source_id, thread_id)
     JOIN messages m ON m.thread_id = v.thread_id AND m.source_thread_id = v.source_id COLLATE "C"
     WHERE NOT EXISTS (SELECT FROM thread_sources s WHERE s.source_id = v.source_id COLLATE "C" AND s.thread_id = v.thread_id)
     LIMIT $3`,
    [sources.map(({ sourceId }) => sourceId), sources.map(({ threadId }) => threadId), limit],
  );
  return rows.map((row) => row.source_id);
}

/** The identities of messages of these threads that are in quarantine for one of these reasons, at most `limit`. */
export async function messagesAwaiting(
  tx: Transaction,
  { brandId, threadIds }: { readonly brandId: string; readonly threadIds: readonly string[] },
  reasons: readonly string[],
  limit: number,
): Promise<string[]> {
  if (threadIds.length === 0) return [];
  const { rows } = await tx.query<{ identity: string }>(
    `SELECT identity FROM quarantined_records
     WHERE brand_id = $1 AND source_table = 'messages' AND reason = ANY ($3::text[])
       AND left(source_key, -1 - length(range_key)) = ANY ($2::text[]) LIMIT $4`,
    [brandId, threadIds, reasons, limit],
  );
  return rows.map(({ identity }) => identity);
}

/** The ids of messages of which a copy in one of these threads is superseded: any copy, or one that could not be taken. */
export async function messagesWithCopies(
  tx: Transaction,
  brandId: string,
  threadIds: readonly string[],
  which: 'any' | 'refused',
): Promise<string[]> {
  if (threadIds.length === 0) return [];
  const { rows } = await tx.query<{ source_id: string }>(
    `SELECT DISTINCT c.source_id FROM carryover.superseded_copies c
     JOIN unnest($2::text[]) AS v (thread_id) ON starts_with(c.source_key, v.thread_id || '/')
     WHERE c.brand_id = $1 ${which === 'refused' ? 'AND c.digest = 0' : ''}`,
    [brandId, threadIds],
  );
  return rows.map((row) => row.source_id);
}
