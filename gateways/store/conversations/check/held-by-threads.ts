import { CHUNK_HASH, HASHED_MESSAGES, MESSAGES_HASH, SOURCES_HASH, hashOfChunks } from './record-hashes.js';
import type { ThreadChunk, Unsettled } from '../import/settle.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';

/** The totals of a brand's threads. */
export interface HeldByThreads {
  readonly threads: number;
  readonly messages: number;
  readonly messagesDigest: bigint;
  /** Thread sources read by this phase. */
  readonly sources: number;
  readonly sourcesDigest: bigint;
  /** Over all their records; hexadecimal. */
  readonly hash: string;
}

type ThreadSums = Omit<HeldByThreads, 'hash'>;

/** Computing digests uses a processor for each connection, while other users wait. */
const AT_ONCE = 2;

/** LATERAL forces an index lookup of each thread's rows, even with outdated statistics of freshly filled tables. */
const HELD = `
  WITH held AS MATERIALIZED (
    SELECT t.id, m.*, s.*, (t.message_count, t.last_message_at)
      IS DISTINCT FROM (m.messages, m.last_message_at) AS unsettled
    FROM message_threads t
    CROSS JOIN LATERAL (
      SELECT count(*) AS messages, sum(digest_in(m.hash)) AS messages_digest, max(m.sent_at) AS last_message_at,
        ${MESSAGES_HASH} AS messages_hash
      FROM ${HASHED_MESSAGES} m
    ) m
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE s.phase = $4) AS sources,
        sum(thread_digest(s, t)) FILTER (WHERE s.phase = $4) AS sources_digest, ${SOURCES_HASH} AS sources_hash
      FROM thread_sources s WHERE s.thread_id = t.id
    ) s
    WHERE t.brand_id = $1 AND t.id > $2 AND t.id <= $3
  )
  SELECT count(*) AS threads, coalesce(sum(messages), 0) AS messages, coalesce(sum(messages_digest), 0) AS messages_digest,
    coalesce(sum(sources), 0) AS sources, coalesce(sum(sources_digest), 0) AS sources_digest, ${CHUNK_HASH} AS hash,
    (array_agg(id) FILTER (WHERE unsettled))::text AS ids,
    (array_agg(messages) FILTER (WHERE unsettled))::text AS counts,
    (array_agg(last_message_at) FILTER (WHERE unsettled))::text AS times
  FROM held`;

/** The totals of a chunk's threads, reading each message once, and the threads whose own rows disagree. */
export async function readChunk(
  tx: Transaction,
  { brandId, phase }: { readonly brandId: string; readonly phase: string },
  { from, to }: ThreadChunk,
): Promise<{
  readonly held: ThreadSums;
  readonly hash: Buffer;
  readonly unsettled: Unsettled | undefined;
}> {
  const { rows } = await tx.query<Record<string, string | null> & { hash: Buffer }>({
    name: 'held-by-threads',
    text: HELD,
    values: [brandId, from, to, phase],
  });
  const [row] = rows;
  if (!row) throw new Error('An aggregate returned no row.');
  const { ids, counts, times, hash } = row;
  return {
    hash,
    held: {
      threads: Number(row['threads']),
      messages: Number(row['messages']),
      messagesDigest: BigInt(row['messages_digest'] ?? 0),
      sources: Number(row['sources']),
      sourcesDigest: BigInt(row['sources_digest'] ?? 0),
    },
    unsettled: ids && counts && times ? { ids, messages: counts, lastMessageAt: times } : undefined,
  };
}

/**
 * Sums the brand's threads over several connections with the same `snapshot` (`pg_export_snapshot()` of a transaction that must stay open until this
 * has begun to read). Calls `found` after each chunk with the threads to settle; it may throw to stop. Throws what `transaction` throws.
 */
export async function sumThreads(
  pool: Pool,
  snapshot: string,
  phase: { readonly brandId: string; readonly phase: string },
  chunks: readonly ThreadChunk[],
  found: (unsettled: Unsettled | undefined) => void,
): Promise<HeldByThreads> {
  const open = chunks.entries();
  const hashes: Buffer[] = [];
  const sumSome = (): Promise<ThreadSums> =>
    transaction(
      pool,
      'sum-threads',
      async (tx) => {
        await tx.query(`SET TRANSACTION SNAPSHOT '${snapshot}'`);
        let sum = NO_THREADS;
        // Both connections take chunks from the same iterator.
        for (const [place, chunk] of open) {
          const { held, hash, unsettled } = await readChunk(tx, phase, chunk);
          sum = addedThreads(sum, held);
          hashes[place] = hash;
          found(unsettled);
        }
        return sum;
      },
      { isolation: 'repeatable read' },
    );
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, sumSome));
  const sums = ended.reduce((sum, part) => {
    if (part.status === 'rejected') throw part.reason;
    return addedThreads(sum, part.value);
  }, NO_THREADS);
  return { ...sums, hash: hashOfChunks(hashes) };
}

export const NO_THREADS: ThreadSums = {
  threads: 0,
  messages: 0,
  messagesDigest: 0n,
  sources: 0,
  sourcesDigest: 0n,
};

export function addedThreads(a: ThreadSums, b: ThreadSums): ThreadSums {
  return {
    threads: a.threads + b.threads,
    messages: a.messages + b.messages,
    messagesDigest: a.messagesDigest + b.messagesDigest,
    sources: a.sources + b.sources,
    sourcesDigest: a.sourcesDigest + b.sourcesDigest,
  };
}
