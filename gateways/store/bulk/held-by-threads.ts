import type { ThreadChunk } from './settle.js';
import { bulkTransaction } from './transaction.js';
import type { Pool } from './transaction.js';

/** What the threads of a brand hold. */
export interface HeldByThreads {
  readonly threads: number;
  readonly messages: number;
  readonly messagesDigest: bigint;
  /** Thread sources that this phase read. */
  readonly sources: number;
  readonly sourcesDigest: bigint;
}

/** Computing digests keeps a connection's processor busy, and somebody waits for it. */
const AT_ONCE = 2;

const HELD = `
  SELECT count(*) AS threads, coalesce(sum(m.messages), 0) AS messages, coalesce(sum(m.digest), 0) AS messages_digest,
    coalesce(sum(s.sources), 0) AS sources, coalesce(sum(s.digest), 0) AS sources_digest
  FROM message_threads t
  CROSS JOIN LATERAL (
    SELECT count(*) AS messages, sum(message_digest(m)) AS digest FROM messages m WHERE m.thread_id = t.id
  ) m
  CROSS JOIN LATERAL (
    SELECT count(*) AS sources, sum(thread_digest(s, t)) AS digest
    FROM thread_sources s WHERE s.thread_id = t.id AND s.phase = $4
  ) s
  WHERE t.brand_id = $1 AND t.id > $2 AND t.id <= $3`;

/**
 * Sums up what the brand's threads hold, each message looked at once, over several connections that all see `snapshot`
 * (`pg_export_snapshot()` of a transaction that must be open until this has begun to read). `beat` is called after each chunk, and may throw
 * to end it. Errors as in `bulkTransaction`.
 */
export async function sumThreads(
  pool: Pool,
  snapshot: string,
  { brandId, phase }: { readonly brandId: string; readonly phase: string },
  chunks: readonly ThreadChunk[],
  beat: () => void,
): Promise<HeldByThreads> {
  const open = [...chunks];
  const sumSome = (): Promise<HeldByThreads> =>
    bulkTransaction(
      pool,
      async (connection) => {
        await connection.query(`SET TRANSACTION SNAPSHOT '${snapshot}'`);
        let held = NOTHING;
        for (let chunk = open.shift(); chunk; chunk = open.shift()) {
          const { rows } = await connection.query<Record<string, string>>({
            name: 'held-by-threads',
            text: HELD,
            values: [brandId, chunk.from, chunk.to, phase],
          });
          held = plus(held, rows[0] ?? {});
          beat();
        }
        return held;
      },
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
    );
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, sumSome));
  return ended.reduce((sum, part) => {
    if (part.status === 'rejected') throw part.reason;
    return added(sum, part.value);
  }, NOTHING);
}

const NOTHING: HeldByThreads = {
  threads: 0,
  messages: 0,
  messagesDigest: 0n,
  sources: 0,
  sourcesDigest: 0n,
};

function plus(held: HeldByThreads, row: Readonly<Record<string, string>>): HeldByThreads {
  return added(held, {
    threads: Number(row['threads']),
    messages: Number(row['messages']),
    messagesDigest: BigInt(row['messages_digest'] ?? 0),
    sources: Number(row['sources']),
    sourcesDigest: BigInt(row['sources_digest'] ?? 0),
  });
}

function added(a: HeldByThreads, b: HeldByThreads): HeldByThreads {
  return {
    threads: a.threads + b.threads,
    messages: a.messages + b.messages,
    messagesDigest: a.messagesDigest + b.messagesDigest,
    sources: a.sources + b.sources,
    sourcesDigest: a.sourcesDigest + b.sourcesDigest,
  };
}
