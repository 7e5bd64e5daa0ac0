import { createHash } from 'node:crypto';

/*
 * The hash over the records that a brand holds (docs/decisions/0021). It is as collision-resistant as SHA-256. A check computes it in one pass over
 * the messages and keeps only one thread's hashes in memory.
 *
 * 1. A record's hash is the SHA-256 of all its columns that come from the source (`message_hash`, `thread_hash`, `attachment_hash`).
 * 2. A thread's is the SHA-256 of two hashes: that of its source threads' hashes, and that of its messages' hashes, each in the byte
 *    order of source ids.
 * 3. A chunk's is the SHA-256 of the hashes of its threads in the order of the store's ids (`threadChunks`).
 * 4. The brand's is the SHA-256 of the chunks' hashes in their order.
 */

/** The messages of thread `t`, each hashed once: OFFSET prevents the planner from repeating the computation. */
export const HASHED_MESSAGES = `(
  SELECT m.id, m.source_id, m.sent_at, message_hash(m) AS hash FROM messages m WHERE m.thread_id = t.id OFFSET 0)`;

export const MESSAGES_HASH = listHash('m.hash', 'm.source_id');
export const SOURCES_HASH = listHash('thread_hash(s, t)', 's.source_id');

/** For rows with `id`, `sources_hash` and `messages_hash`. */
export const CHUNK_HASH = listHash('sha256(sources_hash || messages_hash)', 'id');

/** SQL: SHA-256 of 32-byte values, concatenated in a total order. */
export function listHash(hash: string, order: string): string {
  return `sha256(coalesce(string_agg(${hash}, ''::bytea ORDER BY ${order}), ''::bytea))`;
}

export function hashOfChunks(hashes: readonly Buffer[]): string {
  const all = createHash('sha256');
  for (const hash of hashes) all.update(hash);
  return all.digest('hex');
}
