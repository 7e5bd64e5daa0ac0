import { LOOKED_UP } from '../../work/advance.js';
import type { BatchSums } from '../../work/advance.js';
import type { CheckSources } from './check.js';
import { compareWithHeld, NOTHING_READ } from './compared.js';
import type { CheckSide } from './compared.js';
import { addedThreads, lookAtChunk, NO_THREADS } from './held-by-threads.js';
import { threadChunks } from '../import/settle.js';
import type { Transaction } from '../../sql/transaction.js';

/** Writes a correction: a slice that no lane claims, of the phase that is named or, where the brand has not begun it, of its other one. */
export async function book(
  tx: Transaction,
  brandId: string,
  phase: string,
  source: string,
  sums: BatchSums,
): Promise<void> {
  await tx.query(
    `INSERT INTO import_slices (brand_id, phase, source, done, read, taken, quarantined, digest, attachments, attachments_digest)
     SELECT $1, phase, $3, true, $4, $5, $6, $7, $8, $9 FROM import_phases
     WHERE brand_id = $1 AND phase IN ('recent', 'remaining') ORDER BY phase = $2 DESC LIMIT 1`,
    [
      brandId,
      phase,
      source,
      sums.read,
      sums.taken,
      sums.quarantined,
      sums.digest,
      sums.attachments,
      sums.attachmentsDigest,
    ],
  );
}

const MESSAGES_TO_STORE = `
  INSERT INTO import_slices (brand_id, phase, source, done, read, taken, quarantined, digest, attachments, attachments_digest)
  SELECT $1, p.phase, $2, true, d.*
  FROM (
    SELECT $3::bigint - coalesce(sum(s.read), 0) AS read, $3::bigint - q.records - coalesce(sum(s.taken), 0) AS taken,
      q.records - coalesce(sum(s.quarantined), 0) AS quarantined, $4::numeric - coalesce(sum(s.digest), 0) AS digest,
      $5::bigint - coalesce(sum(s.attachments), 0) AS attachments,
      $6::numeric - coalesce(sum(s.attachments_digest), 0) AS attachments_digest
    FROM (SELECT count(*) AS records FROM quarantined_records WHERE brand_id = $1 AND source_table = 'messages') q
    LEFT JOIN import_slices s ON s.brand_id = $1 AND s.phase IN ('recent', 'remaining') AND s.source = $2
    GROUP BY q.records
  ) d
  CROSS JOIN (SELECT max(phase) AS phase FROM import_phases WHERE brand_id = $1 AND phase IN ('recent', 'remaining')) p
  WHERE p.phase IS NOT NULL AND (d.read, d.taken, d.quarantined, d.digest, d.attachments, d.attachments_digest) <> (0, 0, 0, 0, 0, 0)`;

const THREADS_TO_STORE = `
  INSERT INTO import_slices (brand_id, phase, source, done, read, taken, quarantined, digest)
  SELECT $1, p.phase, '${LOOKED_UP}', true, d.taken + d.quarantined, d.taken, d.quarantined, d.digest
  FROM import_phases p
  CROSS JOIN LATERAL (
    SELECT held.taken - books.taken AS taken, held.quarantined - books.quarantined AS quarantined, held.digest - books.digest AS digest
    FROM (
      SELECT count(*) AS taken, coalesce(sum(thread_digest(s, t)), 0) AS digest,
        (SELECT count(*) FROM quarantined_records WHERE brand_id = $1 AND source_table = 'threads' AND phase = p.phase) AS quarantined
      FROM message_threads t JOIN thread_sources s ON s.thread_id = t.id WHERE t.brand_id = $1 AND s.phase = p.phase
    ) held, (
      SELECT coalesce(sum(taken), 0) AS taken, coalesce(sum(quarantined), 0) AS quarantined, coalesce(sum(digest), 0) AS digest
      FROM import_slices WHERE brand_id = $1 AND phase = p.phase AND source = ANY ($2::text[])
    ) books
  ) d
  WHERE p.brand_id = $1 AND p.phase IN ('recent', 'remaining') AND (d.taken, d.quarantined, d.digest) <> (0, 0, 0)`;

/**
 * Brings the books of a brand's import to what the store holds: for a store that a verification has just found to be what the source is,
 * whatever reading had summed up before. What is right already stays as it is. `store`: the brand's messages, of all phases.
 */
export async function settleBooks(
  tx: Transaction,
  brandId: string,
  { threadSources, messageSource }: CheckSources,
  store: CheckSide,
): Promise<void> {
  await tx.query(MESSAGES_TO_STORE, [
    brandId,
    messageSource,
    store.messages,
    store.messagesDigest,
    store.attachments,
    store.attachmentsDigest,
  ]);
  await tx.query(THREADS_TO_STORE, [brandId, threadSources]);
  await tx.query(
    `UPDATE import_phases SET digest_version = digest_version()
     WHERE brand_id = $1 AND phase IN ('recent', 'remaining') AND digest_version <> digest_version()`,
    [brandId],
  );
}

/** What the store holds of a brand, as one side of a check. */
export async function storeSide(tx: Transaction, brandId: string): Promise<CheckSide> {
  let held = NO_THREADS;
  for (const chunk of await threadChunks(tx, brandId))
    held = addedThreads(held, (await lookAtChunk(tx, { brandId, phase: '' }, chunk)).held);
  return (await compareWithHeld(tx, { brandId }, NOTHING_READ, { ...held, hash: '' })).store;
}
