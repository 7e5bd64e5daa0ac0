import type { Connection } from './transaction.js';

/** What the threads of a brand hold. */
export interface HeldByThreads {
  readonly threads: number;
  readonly messages: number;
  readonly messagesDigest: bigint;
  /** Thread sources that this phase read. */
  readonly sources: number;
  readonly sourcesDigest: bigint;
}

/** Threads settled in one statement. */
const CHUNK = 2_000;

/** The last thread id of each chunk. */
export const THREAD_CHUNKS = `
  SELECT max(id) AS bound FROM (
    SELECT id, (row_number() OVER (ORDER BY id) - 1) / ${CHUNK} AS chunk FROM message_threads WHERE brand_id = $1
  ) numbered GROUP BY chunk ORDER BY chunk`;

/** LATERAL makes each thread's rows be found by index, whatever the planner knows of tables that have just been filled. */
const SETTLE = `
  WITH held AS MATERIALIZED (
    SELECT t.id, m.messages, m.last_message_at, m.digest, s.sources, s.sources_digest, s.status
    FROM message_threads t
    CROSS JOIN LATERAL (
      SELECT count(*) AS messages, max(m.sent_at) AS last_message_at, sum(message_digest(m)) AS digest
      FROM messages m WHERE m.thread_id = t.id
    ) m
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE s.phase = $4) AS sources,
        sum(thread_digest(s, t)) FILTER (WHERE s.phase = $4) AS sources_digest,
        CASE WHEN bool_or(s.status = 'open') THEN 'open' WHEN bool_or(s.status = 'closed') THEN 'closed'
          ELSE 'archived' END AS status
      FROM thread_sources s WHERE s.thread_id = t.id
    ) s
    WHERE t.brand_id = $1 AND t.id > $2 AND t.id <= $3
  ), settled AS (
    UPDATE message_threads t
    SET message_count = held.messages, last_message_at = held.last_message_at, status = held.status
    FROM held WHERE t.id = held.id AND (t.message_count, t.last_message_at, t.status)
      IS DISTINCT FROM (held.messages, held.last_message_at, held.status)
  )
  SELECT count(*) AS threads, coalesce(sum(messages), 0) AS messages, coalesce(sum(digest), 0) AS messages_digest,
    coalesce(sum(sources), 0) AS sources, coalesce(sum(sources_digest), 0) AS sources_digest
  FROM held`;

/**
 * Brings count, last time and status of the brand's threads to what their rows say, and sums up what the rows hold: each message is
 * looked at once. Within the caller's transaction, whose snapshot must be one (REPEATABLE READ). `beat` is called after each chunk.
 */
export async function settleThreads(
  connection: Connection,
  brandId: string,
  phase: string,
  beat: () => void,
): Promise<HeldByThreads> {
  const bounds = await connection.query<{ bound: string }>(THREAD_CHUNKS, [brandId]);
  let [threads, messages, sources] = [0, 0, 0];
  let [messagesDigest, sourcesDigest] = [0n, 0n];
  let from = '0';
  for (const { bound } of bounds.rows) {
    const { rows } = await connection.query<Record<string, string>>({
      name: 'settle-threads',
      text: SETTLE,
      values: [brandId, from, bound, phase],
    });
    const [row = {}] = rows;
    threads += Number(row['threads']);
    messages += Number(row['messages']);
    messagesDigest += BigInt(row['messages_digest'] ?? 0);
    sources += Number(row['sources']);
    sourcesDigest += BigInt(row['sources_digest'] ?? 0);
    from = bound;
    beat();
  }
  return { threads, messages, messagesDigest, sources, sourcesDigest };
}
