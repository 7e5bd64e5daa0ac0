import { CHUNK_HASH, HASHED_MESSAGES, MESSAGES_HASH, SOURCES_HASH, hashOfChunks } from './record-hashes.js';
import type { ThreadChunk, Unsettled } from '../import/settle.js';
import { exportSnapshot, inSnapshot } from './snapshot.js';
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
    SELECT t.id, t.xmin::text AS version, m.*, s.*, (t.message_count, t.last_message_at)
      IS DISTINCT FROM (m.messages, m.last_message_at) AS unsettled
    FROM message_threads t
    CROSS JOIN LATERAL (
      SELECT count(*) AS messages, sum(digest_in(m.hash)) AS messages_digest, max(m.sent_at) AS last_message_at,
        ${MESSAGES_HASH} AS messages_hash
      FROM ${HASHED_MESSAGES} m
    ) m
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE s.phase = $2) AS sources,
        sum(thread_digest(s, t)) FILTER (WHERE s.phase = $2) AS sources_digest, ${SOURCES_HASH} AS sources_hash
      FROM thread_sources s WHERE s.thread_id = t.id
    ) s
    WHERE t.id = ANY ($1::bigint[])
  )
  SELECT count(*) AS threads, coalesce(sum(messages), 0) AS messages, coalesce(sum(messages_digest), 0) AS messages_digest,
    coalesce(sum(sources), 0) AS sources, coalesce(sum(sources_digest), 0) AS sources_digest, ${CHUNK_HASH} AS hash,
    (array_agg(id) FILTER (WHERE unsettled))::text AS ids,
    (array_agg(version) FILTER (WHERE unsettled))::text AS versions,
    (array_agg(messages) FILTER (WHERE unsettled))::text AS counts,
    (array_agg(last_message_at) FILTER (WHERE unsettled))::text AS times
  FROM held`;

/** The totals of a chunk's threads, and the threads whose own rows disagree. A source counts if `phase` read it last. Reads each message once. */
export async function readChunk(
  tx: Transaction,
  phase: string,
  chunk: ThreadChunk,
): Promise<ReadChunk & { readonly unsettled: Unsettled | undefined }> {
  const { rows } = await tx.query<Record<string, string | null> & { hash: Buffer }>({
    name: 'held-by-threads',
    text: HELD,
    values: [chunk, phase],
  });
  const [row] = rows;
  if (!row) throw new Error('An aggregate returned no row.');
  const { ids, versions, counts, times, hash } = row;
  return {
    hash,
    held: sumsOf(row),
    unsettled:
      ids && versions && counts && times
        ? { ids, versions, messages: counts, lastMessageAt: times }
        : undefined,
  };
}

/** Converts a row of sums. */
export function sumsOf(row: Readonly<Record<string, unknown>>): ThreadSums {
  return {
    threads: Number(row['threads']),
    messages: Number(row['messages']),
    messagesDigest: BigInt(String(row['messages_digest'])),
    sources: Number(row['sources']),
    sourcesDigest: BigInt(String(row['sources_digest'])),
  };
}

/** The totals read of a chunk. */
export interface ReadChunk {
  readonly held: ThreadSums;
  readonly hash: Buffer;
}

/** How chunks are read, and what is done with each result; may throw to stop. */
export interface ChunkReader<Read extends ReadChunk> {
  read(tx: Transaction, chunk: ThreadChunk): Promise<Read>;
  found(read: Read): void;
}

/** Brands of so few chunks are summed on one connection: opening several would take longer than reading. */
const FEW_CHUNKS = 4;

/**
 * Sums a brand's threads in the caller's snapshot; `tx` is REPEATABLE READ and in no savepoint. If they are many, several connections share the
 * snapshot, and `beside` is read on another one meanwhile. Waits for all of them even if one fails.
 */
export async function sumThreads<Read extends ReadChunk, Beside>(
  pool: Pool,
  tx: Transaction,
  chunks: readonly ThreadChunk[],
  reader: ChunkReader<Read>,
  beside: (tx: Transaction) => Promise<Beside>,
): Promise<{ readonly held: HeldByThreads; readonly beside: Beside }> {
  if (chunks.length <= FEW_CHUNKS)
    return { held: await sumOnOne(tx, chunks, reader), beside: await beside(tx) };
  const hashes: Buffer[] = [];
  // All connections take chunks from the same iterator.
  const open = chunks.entries();
  const sumSome = (on: Transaction) => sumChunks(on, open, hashes, reader);
  const snapshot = await exportSnapshot(tx);
  const [rest, ...parts] = await Promise.allSettled([
    inSnapshot(pool, snapshot, 'sum-beside-threads', beside),
    ...Array.from({ length: AT_ONCE }, () => inSnapshot(pool, snapshot, 'sum-threads', sumSome)),
  ] as const);
  const sums = parts.reduce((sum, part) => addedThreads(sum, valueOf(part)), NO_THREADS);
  return { held: { ...sums, hash: hashOfChunks(hashes) }, beside: valueOf(rest) };
}

/** Sums a brand's threads in the caller's transaction, one chunk after the other. */
export async function sumOnOne<Read extends ReadChunk>(
  tx: Transaction,
  chunks: readonly ThreadChunk[],
  reader: ChunkReader<Read>,
): Promise<HeldByThreads> {
  const hashes: Buffer[] = [];
  const sums = await sumChunks(tx, chunks.entries(), hashes, reader);
  return { ...sums, hash: hashOfChunks(hashes) };
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

async function sumChunks<Read extends ReadChunk>(
  tx: Transaction,
  open: Iterable<[number, ThreadChunk]>,
  hashes: Buffer[],
  { read, found }: ChunkReader<Read>,
): Promise<ThreadSums> {
  let sum = NO_THREADS;
  for (const [place, chunk] of open) {
    const part = await read(tx, chunk);
    sum = addedThreads(sum, part.held);
    hashes[place] = part.hash;
    found(part);
  }
  return sum;
}

const NO_THREADS: ThreadSums = {
  threads: 0,
  messages: 0,
  messagesDigest: 0n,
  sources: 0,
  sourcesDigest: 0n,
};

function addedThreads(a: ThreadSums, b: ThreadSums): ThreadSums {
  return {
    threads: a.threads + b.threads,
    messages: a.messages + b.messages,
    messagesDigest: a.messagesDigest + b.messagesDigest,
    sources: a.sources + b.sources,
    sourcesDigest: a.sourcesDigest + b.sourcesDigest,
  };
}
