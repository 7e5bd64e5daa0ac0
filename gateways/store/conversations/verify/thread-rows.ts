import type { Finding } from '../../../../domain/engine/verification.js';
import type { HeldByThreads } from '../check/held-by-threads.js';
import {
  CHUNK_HASH,
  HASHED_MESSAGES,
  MESSAGES_HASH,
  SOURCES_HASH,
  hashOfChunks,
} from '../check/record-hashes.js';
import type { Transaction } from '../../sql/transaction.js';
import { THREAD_CHUNKS } from '../import/settle.js';
import { addFindings } from './turns.js';
import type { Turn } from './turns.js';

/** The totals of a brand's threads, of any phase. */
export interface ThreadRows extends HeldByThreads {
  /** Messages that the source has not shown. */
  readonly extraMessages: number;
}

/**
 * A thread's counts and times follow from its rows. If these are already reported, or differ from the source, the thread's own row is not reported as
 * well. Its status may have been edited by a person; the sources' statuses are compared one by one.
 */
const THREAD_TOTALS = `
  WITH held AS MATERIALIZED (
    SELECT t.id, m.messages, m.digest, m.extra, m.messages_hash, s.sources, s.sources_digest, s.sources_hash, s.first,
      array_remove(ARRAY[
        CASE WHEN m.extra = 0 AND kc.row_key IS NULL AND t.message_count <> m.messages THEN 'message_count' END,
        CASE WHEN m.extra = 0 AND kc.row_key IS NULL AND t.last_message_at IS DISTINCT FROM m.last_message_at
          THEN 'last_message_at' END,
        CASE WHEN s.sources = 0 AND kc.row_key IS NULL THEN 'source' END
      ], NULL) AS fields
    FROM message_threads t
    CROSS JOIN LATERAL (
      SELECT count(*) AS messages, max(m.sent_at) AS last_message_at, sum(digest_in(m.hash)) AS digest,
        count(*) FILTER (WHERE k.row_key IS NULL) AS extra, ${MESSAGES_HASH} AS messages_hash
      FROM ${HASHED_MESSAGES} m
      LEFT JOIN carryover.verification_marks k ON k.verification_id = $4 AND k.brand_id = $1 AND k.kind = 'message'
        AND k.row_key = m.id::text
    ) m
    CROSS JOIN LATERAL (
      SELECT count(*) AS sources, sum(thread_digest(s, t)) AS sources_digest, min(s.source_id) AS first,
        ${SOURCES_HASH} AS sources_hash
      FROM thread_sources s WHERE s.thread_id = t.id
    ) s
    LEFT JOIN carryover.verification_marks kc ON kc.verification_id = $4 AND kc.brand_id = $1 AND kc.kind = 'counts'
      AND kc.row_key = t.id::text
    WHERE t.brand_id = $1 AND t.id > $2 AND t.id <= $3
  )
  SELECT count(*) AS threads, coalesce(sum(messages), 0) AS messages, coalesce(sum(digest), 0) AS messages_digest,
    coalesce(sum(sources), 0) AS sources, coalesce(sum(sources_digest), 0) AS sources_digest,
    coalesce(sum(extra), 0) AS extra, ${CHUNK_HASH} AS hash,
    coalesce(json_agg(json_build_object('id', first, 'store_id', id, 'fields', fields))
      FILTER (WHERE cardinality(fields) > 0), '[]') AS wrong
  FROM held`;

interface WrongThread {
  readonly id: string | null;
  readonly store_id: number;
  readonly fields: readonly string[];
}

/** Runs within one snapshot. Adds differences to the turn's findings after each chunk, because it may concern every thread; then calls `beat`. */
export async function readThreads(tx: Transaction, turn: Turn, beat: () => void): Promise<ThreadRows> {
  const bounds = await tx.query<{ bound: string }>(THREAD_CHUNKS, [turn.brandId]);
  let [threads, messages, sources, extraMessages] = [0, 0, 0, 0];
  let [messagesDigest, sourcesDigest] = [0n, 0n];
  const hashes: Buffer[] = [];
  let from = '0';
  for (const { bound } of bounds.rows) {
    const { rows } = await tx.query<Record<string, string> & { hash: Buffer; wrong: WrongThread[] }>({
      name: 'read-threads',
      text: THREAD_TOTALS,
      values: [turn.brandId, from, bound, turn.verificationId],
    });
    const [row] = rows;
    if (!row) continue;
    threads += Number(row['threads']);
    messages += Number(row['messages']);
    messagesDigest += BigInt(row['messages_digest'] ?? 0);
    sources += Number(row['sources']);
    sourcesDigest += BigInt(row['sources_digest'] ?? 0);
    extraMessages += Number(row['extra']);
    hashes.push(row.hash);
    await addFindings(tx, turn, row.wrong.map(findingOf));
    from = bound;
    beat();
  }
  return {
    ...{ threads, messages, messagesDigest, sources, sourcesDigest, extraMessages },
    hash: hashOfChunks(hashes),
  };
}

/** A thread without a source thread can only be identified by its store id. */
function findingOf({ id, store_id: storeId, fields }: WrongThread): Finding {
  if (id === null)
    return { table: 'threads', difference: 'extra', id: null, key: `message_threads ${storeId}`, fields: [] };
  return { table: 'threads', difference: 'different', id, key: null, fields };
}
