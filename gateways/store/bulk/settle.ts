import type { Connection } from './transaction.js';

/** Threads looked at in one statement. */
const CHUNK = 500;

/** The last thread id of each chunk. */
export const THREAD_CHUNKS = `
  SELECT max(id) AS bound FROM (
    SELECT id, (row_number() OVER (ORDER BY id) - 1) / ${CHUNK} AS chunk FROM message_threads WHERE brand_id = $1
  ) numbered GROUP BY chunk ORDER BY chunk`;

/** Thread ids of the store: above `from`, up to `to`. */
export interface ThreadChunk {
  readonly from: string;
  readonly to: string;
}

/** All threads of a brand, in chunks. */
export async function threadChunks(connection: Connection, brandId: string): Promise<ThreadChunk[]> {
  const { rows } = await connection.query<{ bound: string }>(THREAD_CHUNKS, [brandId]);
  return rows.map(({ bound }, at) => ({ from: rows[at - 1]?.bound ?? '0', to: bound }));
}

/** LATERAL makes each thread's rows be found by index, whatever the planner knows of tables that have just been filled. */
const SETTLE = `
  UPDATE message_threads t SET message_count = held.messages, last_message_at = held.last_message_at, status = held.status
  FROM (
    SELECT t.id, m.messages, m.last_message_at, s.status
    FROM message_threads t
    CROSS JOIN LATERAL (
      SELECT count(*) AS messages, max(m.sent_at) AS last_message_at FROM messages m WHERE m.thread_id = t.id
    ) m
    CROSS JOIN LATERAL (
      SELECT CASE WHEN bool_or(s.status = 'open') THEN 'open' WHEN bool_or(s.status = 'closed') THEN 'closed'
        ELSE 'archived' END AS status
      FROM thread_sources s WHERE s.thread_id = t.id
    ) s
    WHERE t.brand_id = $1 AND t.id > $2 AND t.id <= $3
  ) held
  WHERE t.id = held.id AND (t.message_count, t.last_message_at, t.status)
    IS DISTINCT FROM (held.messages, held.last_message_at, held.status)`;

/**
 * Brings count, last time and status of the brand's threads to what their rows say. Within the caller's transaction, whose snapshot must be
 * one (REPEATABLE READ). `beat` is called after each chunk.
 */
export async function settleThreads(
  connection: Connection,
  brandId: string,
  chunks: readonly ThreadChunk[],
  beat: () => void,
): Promise<void> {
  for (const { from, to } of chunks) {
    await connection.query({ name: 'settle-threads', text: SETTLE, values: [brandId, from, to] });
    beat();
  }
}
