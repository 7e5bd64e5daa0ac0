import { transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';

/** Threads for each statement. Few, so that concurrent connections finish at about the same time. */
const CHUNK = 100;

/** Ids rather than bounds: the planner would take the brand's index for bounds, and read all of the brand for each chunk. */
const THREAD_CHUNKS = `
  SELECT array_agg(id ORDER BY id)::text AS ids FROM (
    SELECT id, (row_number() OVER (ORDER BY id) - 1) / ${CHUNK} AS chunk FROM message_threads WHERE brand_id = $1
  ) numbered GROUP BY chunk ORDER BY chunk`;

/** Ids of threads in the store: an array as PostgreSQL writes it. */
export type ThreadChunk = string;

/** All threads of a brand by their ids, in chunks. */
export async function threadChunks(tx: Transaction, brandId: string): Promise<ThreadChunk[]> {
  const { rows } = await tx.query<{ ids: ThreadChunk }>(THREAD_CHUNKS, [brandId]);
  return rows.map(({ ids }) => ids);
}

/** Threads whose rows disagree with their messages, with the correct values: arrays as PostgreSQL writes them. */
export interface Unsettled {
  readonly ids: string;
  /** Of the rows. */
  readonly versions: string;
  readonly messages: string;
  readonly lastMessageAt: string;
}

/**
 * Updates the message count and last time of threads that a snapshot found unsettled. Leaves the status, which was set with the sources and may
 * have been edited by a person. A row that has changed since the snapshot is counted again: following may have added messages.
 */
export async function settleThreads(pool: Pool, unsettled: Unsettled): Promise<void> {
  const settle = async (tx: Transaction): Promise<void> => {
    const { rows } = await tx.query<{ id: string }>({
      name: 'settle-threads',
      text: `
        WITH held AS MATERIALIZED (
          SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::timestamptz[]) AS h (id, version, messages, last_message_at)
        ), settled AS (
          UPDATE message_threads t SET message_count = held.messages, last_message_at = held.last_message_at
          FROM held WHERE t.id = held.id AND t.xmin::text = held.version RETURNING t.id
        )
        SELECT id FROM held WHERE id NOT IN (SELECT id FROM settled) ORDER BY id`,
      values: [unsettled.ids, unsettled.versions, unsettled.messages, unsettled.lastMessageAt],
    });
    if (rows.length === 0) return;
    const changed = rows.map(({ id }) => id);
    await tx.query('SELECT FROM message_threads WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE', [
      changed,
    ]);
    await recountThreads(tx, changed);
  };
  await transaction(pool, 'settle-threads', settle, { commit: 'asynchronous' });
}

/** Recounts messages and last times of threads whose brand may not be settled again. */
export async function recountThreads(tx: Transaction, threadIds: readonly string[]): Promise<void> {
  await tx.query(
    `UPDATE message_threads t SET
       message_count = (SELECT count(*) FROM messages m WHERE m.thread_id = t.id),
       last_message_at = (SELECT max(m.sent_at) FROM messages m WHERE m.thread_id = t.id)
     WHERE t.id = ANY ($1::bigint[])`,
    [threadIds],
  );
}
