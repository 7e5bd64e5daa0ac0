import { byteOrder } from '../../../../domain/engine/bytes/order.js';
import { SAMPLES } from '../../../../domain/engine/verification.js';
import type { Finding } from '../../../../domain/engine/verification.js';
import { readBeside } from '../check/compared.js';
import type { HeldBeside } from '../check/compared.js';
import { sumOnOne, sumsOf, sumThreads } from '../check/held-by-threads.js';
import type { ChunkReader, HeldByThreads, ReadChunk } from '../check/held-by-threads.js';
import { CHUNK_HASH, HASHED_MESSAGES, MESSAGES_HASH, SOURCES_HASH } from '../check/record-hashes.js';
import { threadChunks } from '../import/settle.js';
import type { ThreadChunk } from '../import/settle.js';
import type { Pool, Transaction } from '../../sql/transaction.js';
import { addFindings } from '../../proof/findings.js';
import { countShown, markEachShown } from './turns.js';
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
const threadTotals = (extra: string, marks: string): string => `
  WITH held AS MATERIALIZED (
    SELECT t.id, m.messages, m.messages_digest, m.extra, m.messages_hash, s.sources, s.sources_digest, s.sources_hash, s.first,
      array_remove(ARRAY[
        CASE WHEN m.extra = 0 AND kc.row_key IS NULL AND t.message_count <> m.messages THEN 'message_count' END,
        CASE WHEN m.extra = 0 AND kc.row_key IS NULL AND t.last_message_at IS DISTINCT FROM m.last_message_at
          THEN 'last_message_at' END,
        CASE WHEN s.sources = 0 AND kc.row_key IS NULL THEN 'source' END
      ], NULL) AS fields
    FROM message_threads t
    CROSS JOIN LATERAL (
      SELECT count(*) AS messages, max(m.sent_at) AS last_message_at, sum(digest_in(m.hash)) AS messages_digest,
        ${extra} AS extra, ${MESSAGES_HASH} AS messages_hash
      FROM ${HASHED_MESSAGES} m ${marks}
    ) m
    CROSS JOIN LATERAL (
      SELECT count(*) AS sources, sum(thread_digest(s, t)) AS sources_digest, min(s.source_id) AS first,
        ${SOURCES_HASH} AS sources_hash
      FROM thread_sources s WHERE s.thread_id = t.id
    ) s
    LEFT JOIN carryover.verification_marks kc ON kc.verification_id = $3 AND kc.brand_id = $1 AND kc.kind = 'counts'
      AND kc.row_key = t.id::text
    WHERE t.id = ANY ($2::bigint[])
  )
  SELECT count(*) AS threads, coalesce(sum(messages), 0) AS messages, coalesce(sum(messages_digest), 0) AS messages_digest,
    coalesce(sum(sources), 0) AS sources, coalesce(sum(sources_digest), 0) AS sources_digest,
    coalesce(sum(extra), 0) AS extra, ${CHUNK_HASH} AS hash,
    coalesce(json_agg(json_build_object('id', first, 'store_id', id, 'fields', fields))
      FILTER (WHERE cardinality(fields) > 0), '[]') AS wrong
  FROM held`;

/** For brands whose messages have all been shown. */
const ALL_SHOWN = { name: 'read-threads', text: threadTotals('0', '') };
/** For brands in which each shown message has a mark. */
const BY_MARKS = {
  name: 'read-threads-by-marks',
  text: threadTotals(
    'count(*) FILTER (WHERE k.row_key IS NULL)',
    // OFFSET makes PostgreSQL look each mark up by its key; with statistics older than the marks it may scan all of them for each thread.
    `LEFT JOIN LATERAL (SELECT row_key FROM carryover.verification_marks WHERE verification_id = $3 AND brand_id = $1
        AND kind = 'message' AND row_key = m.id::text OFFSET 0) k ON true`,
  ),
};

interface WrongThread {
  readonly id: string | null;
  readonly store_id: number;
  readonly fields: readonly string[];
}

/**
 * Runs within one snapshot. Calls `beat` after each chunk.
 *
 * 1. Reads the threads on several connections as if all messages had been shown. If the number of shown messages agrees, they were.
 * 2. Otherwise discards the findings, marks each shown message, and reads again with a look-up of each message's mark.
 */
export async function readThreads(
  pool: Pool,
  tx: Transaction,
  turn: Turn,
  beat: () => void,
): Promise<{ readonly rows: ThreadRows; readonly beside: HeldBeside }> {
  const beside = (on: Transaction) => readBeside(on, { brandId: turn.brandId });
  const chunks = await threadChunks(tx, turn.brandId);
  const shown = await countShown(tx, turn);
  if (shown !== undefined) {
    const totals = new Totals(turn, ALL_SHOWN, beat);
    const read = await sumThreads(pool, tx, chunks, totals, beside);
    if (read.held.messages === shown) return { ...read, rows: await totals.end(tx, read.held) };
  }
  await markEachShown(tx, turn);
  const totals = new Totals(turn, BY_MARKS, beat);
  const held = await sumOnOne(tx, chunks, totals);
  return { rows: await totals.end(tx, held), beside: await beside(tx) };
}

interface ReadTotals extends ReadChunk {
  readonly extra: number;
  readonly wrong: readonly WrongThread[];
}

/** The findings of one reading of all threads. */
class Totals implements ChunkReader<ReadTotals> {
  private extra = 0;
  private findings: Finding[] = [];

  constructor(
    private readonly turn: Turn,
    private readonly statement: typeof ALL_SHOWN,
    private readonly beat: () => void,
  ) {}

  readonly read = async (tx: Transaction, chunk: ThreadChunk): Promise<ReadTotals> => {
    const { rows } = await tx.query<Record<string, string> & { hash: Buffer; wrong: WrongThread[] }>({
      ...this.statement,
      values: [this.turn.brandId, chunk, this.turn.verificationId],
    });
    const [row] = rows;
    if (!row) throw new Error('An aggregate returned no row.');
    return { held: sumsOf(row), hash: row.hash, extra: Number(row['extra']), wrong: row.wrong };
  };

  readonly found = ({ extra, wrong }: ReadTotals): void => {
    this.extra += extra;
    this.findings.push(...wrong.map(findingOf));
    if (this.findings.length > MANY) this.findings = condensed(this.findings);
    this.beat();
  };

  /** Adds what was found to the turn's findings. */
  async end(tx: Transaction, held: HeldByThreads): Promise<ThreadRows> {
    await addFindings(tx, this.turn, this.findings);
    return { ...held, extraMessages: this.extra };
  }
}

/** A thread without a source thread can only be identified by its store id. */
function findingOf({ id, store_id: storeId, fields }: WrongThread): Finding {
  if (id === null)
    return { table: 'threads', difference: 'extra', id: null, key: `message_threads ${storeId}`, fields: [] };
  return { table: 'threads', difference: 'different', id, key: null, fields };
}

/** Findings are condensed beyond this number: they may concern every thread, and few become samples. */
const MANY = 1_000;

/** The same findings with only the samples that `addFindings` would keep. */
function condensed(findings: readonly Finding[]): Finding[] {
  return (['different', 'extra'] as const).flatMap((difference) => {
    const all = findings.filter((finding) => finding.difference === difference);
    const named = all.filter(({ id, key }) => id !== null || key !== null);
    const kept = named.toSorted((a, b) => byteOrder(nameOf(a), nameOf(b))).slice(0, SAMPLES);
    const count = all.reduce((sum, finding) => sum + (finding.count ?? 1), 0) - kept.length;
    const rest: Finding = { table: 'threads', difference, id: null, key: null, fields: [], count };
    return count > 0 ? [...kept, rest] : kept;
  });
}

function nameOf({ id, key }: Finding): string {
  return id ?? key ?? '';
}
