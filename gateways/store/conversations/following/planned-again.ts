import { NOTHING, minus } from '../../../../domain/engine/tally.js';
import type { Tally } from '../../../../domain/engine/tally.js';
import { removeAttachmentsOf } from '../attachments/files-to-remove.js';
import type { ImportedBrand } from '../import/brand.js';
import { importPhase, THREADS } from '../import/phases.js';
import { correctTally } from '../../work/tallies.js';
import type { Transaction } from '../../sql/transaction.js';

/** The ids of threads that following has brought. Null for an id with a character that PostgreSQL cannot hold: no row has it. */
const FOLLOWED_THREADS = `
  SELECT CASE WHEN position('\\x00'::bytea IN range_key) = 0 THEN convert_from(range_key, 'UTF8') END AS id
  FROM carryover.followed_keys WHERE brand_id = $1 AND source_table = 'threads'`;

const TAKE_OVER = `
  WITH followed AS MATERIALIZED (${FOLLOWED_THREADS}), taken AS (
    UPDATE thread_sources s SET phase = 'remaining' FROM followed, message_threads t
    WHERE s.source_id = followed.id COLLATE "C" AND s.phase = 'recent' AND t.id = s.thread_id AND t.brand_id = $1
    RETURNING thread_digest(s, t) AS digest
  ), refused AS (
    UPDATE quarantined_records q SET phase = 'remaining' FROM followed
    WHERE q.source_table = 'threads' AND q.range_key = followed.id AND q.phase = 'recent' AND q.brand_id = $1 RETURNING 1
  )
  SELECT (SELECT count(*) FROM taken)::integer AS taken, (SELECT coalesce(sum(digest), 0) FROM taken)::text AS digest,
    (SELECT count(*) FROM refused)::integer AS quarantined`;

/**
 * Moves the threads that following has brought into the tally of the remaining phase, which is being planned: it reads all threads but skips these.
 * Runs in the planning transaction, which shares the account's lock.
 */
export async function takeOverFollowed(tx: Transaction, brand: ImportedBrand): Promise<void> {
  const { rows } = await tx.query<{ taken: number; digest: string; quarantined: number }>(TAKE_OVER, [
    brand.id,
  ]);
  const [{ taken, digest, quarantined } = { taken: 0, digest: '0', quarantined: 0 }] = rows;
  const counted: Tally = {
    ...NOTHING,
    ...{ read: taken + quarantined, taken, quarantined, digest: BigInt(digest) },
  };
  await correctTally(tx, importPhase(brand, 'remaining'), THREADS, counted);
  await correctTally(tx, importPhase(brand, 'recent'), THREADS, minus(NOTHING, counted));
}

/**
 * Prepares a brand for an import that is planned now and that reads and counts all records again. The recent phase does not read older messages, so
 * those that following has brought are removed; the remaining phase brings them back.
 */
export async function forgetBrought(
  tx: Transaction,
  { id, recentSince }: ImportedBrand,
  phase: string,
): Promise<void> {
  await tx.query('DELETE FROM carryover.followed_keys WHERE brand_id = $1', [id]);
  if (phase !== 'recent') return;
  const gone = await tx.query<{ id: string }>(
    `DELETE FROM messages m USING message_threads t WHERE t.brand_id = $1 AND m.thread_id = t.id AND m.source_key < $2 RETURNING m.id`,
    [id, recentSince],
  );
  await removeAttachmentsOf(
    tx,
    gone.rows.map((row) => row.id),
  );
  await tx.query(
    `DELETE FROM quarantined_records WHERE brand_id = $1 AND source_table = 'messages' AND range_key COLLATE "C" < $2`,
    [id, recentSince],
  );
}
