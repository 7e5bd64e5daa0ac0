import { WITH_STAGING } from './staging-tables.js';
import type { QuarantinedRecord } from '../../../../domain/conversations/records/rows.js';
import { addLookedUp } from '../../work/advance.js';
import type { BatchSums } from '../../work/advance.js';
import { writeMessageBatch } from './batches.js';
import type { BatchContext, MessageBatch, ThreadBatch } from './batches.js';
import { recountThreads } from './settle.js';
import { writeThreads } from './threads.js';
import { ask } from '../../sql/ask.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';

/**
 * How a quarantined record was tried again. `settled`: somebody has dealt with it meanwhile. `refused`: it stays, with the
 * reason that holds now.
 */
export type RetryOutcome = 'imported' | 'refused' | 'settled';

/** In `import_slices.leased_by` of the row that keeps a phase's books of retried messages. */
const RETRIED = 'retried';

/**
 * Takes one message out of quarantine, with the thread that was looked up for it, in one transaction.
 *
 * 1. Its row in quarantine goes: somebody else may have been faster, then nothing is done.
 * 2. The message is written as an import writes it. If that puts it into quarantine again, all of it is taken back but for the reason:
 *    the row keeps its id.
 * 3. The books: the record was read and counted as quarantined when it came in. What the write adds to `read` and `quarantined` is
 *    less by that one; what it adds to the digests is added. So the check's equations hold before and after.
 * 4. Threads that have gained or lost the message are counted, since their brand may not be settled again.
 *
 * Throws RefusedData when PostgreSQL refuses it; else as `transaction`.
 */
export async function retryMessage(
  pool: Pool,
  context: BatchContext,
  recordId: string,
  batch: MessageBatch,
  messageSource: string,
): Promise<RetryOutcome> {
  return transaction(
    pool,
    'retry-message',
    async (tx) => {
      const sourceIds = batch.messages.map(({ row }) => row.sourceId);
      const before = await threadsOf(tx, sourceIds);
      const outcome = await outOfQuarantine(tx, recordId, async () => {
        const sums = await writeMessageBatch(tx, context, batch);
        await addRetried(tx, context, messageSource, sums);
      });
      if (outcome === 'imported') {
        await recountThreads(tx, [...before, ...(await threadsOf(tx, sourceIds))]);
      }
      return outcome;
    },
    WITH_STAGING,
  );
}

/** The same of a thread; `wasCounted` is false where the record's phase was planned anew since, and does not count it. */
export async function retryThread(
  pool: Pool,
  context: BatchContext,
  recordId: string,
  batch: ThreadBatch,
  wasCounted: boolean,
): Promise<RetryOutcome> {
  return transaction(pool, 'retry-thread', async (tx) =>
    outOfQuarantine(tx, recordId, async () => {
      const { brand, phase } = context;
      const { sums } = await writeThreads(tx, brand, phase, batch.threads, batch.records);
      const one = wasCounted ? 1 : 0;
      const added = { ...sums, read: sums.read - one, quarantined: sums.quarantined - one };
      await addLookedUp(tx, { brandId: brand.id, phase }, added);
    }),
  );
}

/** The record is as it was, and this is why. */
export async function noteReason(pool: Pool, recordId: string, reason: string): Promise<void> {
  const text = 'UPDATE quarantined_records SET reason = $2, quarantined_at = now() WHERE id = $1';
  await ask(pool, text, [recordId, reason]);
}

/** What a record that cannot be taken is like now. Another account's contents are not kept. */
export async function noteRecord(pool: Pool, recordId: string, record: QuarantinedRecord): Promise<void> {
  await ask(
    pool,
    `UPDATE quarantined_records SET reason = $2, raw = $3, source_id = $4, identity = $5, quarantined_at = now()
     WHERE id = $1`,
    [recordId, record.reason, record.raw, record.sourceId, record.identity],
  );
}

/** The phase that the books of a brand's retried records are kept with; undefined for a brand without any. */
export async function bookPhase(
  pool: Pool,
  brandId: string,
  wished: string | null,
): Promise<string | undefined> {
  const [row] = await ask<{ phase: string }>(
    pool,
    `SELECT phase FROM import_phases WHERE brand_id = $1 AND phase IN ('recent', 'remaining')
     ORDER BY phase = $2 DESC, phase DESC LIMIT 1`,
    [brandId, wished ?? ''],
  );
  return row?.phase;
}

async function outOfQuarantine(
  tx: Transaction,
  recordId: string,
  write: () => Promise<void>,
): Promise<RetryOutcome> {
  await tx.query('SAVEPOINT quarantined');
  const gone = await tx.query<{ source_table: string; source_key_hash: string }>(
    'DELETE FROM quarantined_records WHERE id = $1 RETURNING source_table, source_key_hash',
    [recordId],
  );
  const [row] = gone.rows;
  if (!row) return 'settled';
  await write();
  const again = await tx.query<{ reason: string }>(
    'SELECT reason, raw::text, source_id, identity FROM quarantined_records WHERE source_table = $1 AND source_key_hash = $2',
    [row.source_table, row.source_key_hash],
  );
  const [record] = again.rows;
  if (!record) return 'imported';
  await tx.query('ROLLBACK TO SAVEPOINT quarantined');
  await tx.query('UPDATE quarantined_records SET reason = $2, quarantined_at = now() WHERE id = $1', [
    recordId,
    record.reason,
  ]);
  return 'refused';
}

/** Several may come at once and make a row each: the check sums over all. */
async function addRetried(
  tx: Transaction,
  { brand, phase }: BatchContext,
  source: string,
  sums: BatchSums,
): Promise<void> {
  const values = [
    brand.id,
    phase,
    source,
    sums.read - 1,
    sums.taken,
    sums.quarantined - 1,
    sums.digest,
    sums.attachments,
    sums.attachmentsDigest,
  ];
  const added = await tx.query(
    `UPDATE import_slices SET read = read + $4, taken = taken + $5, quarantined = quarantined + $6, digest = digest + $7,
       attachments = attachments + $8, attachments_digest = attachments_digest + $9
     WHERE id = (SELECT min(id) FROM import_slices
       WHERE brand_id = $1 AND phase = $2 AND source = $3 AND leased_by = '${RETRIED}')`,
    values,
  );
  if (added.rowCount === 1) return;
  await tx.query(
    `INSERT INTO import_slices (brand_id, phase, source, done, leased_by, read, taken, quarantined, digest, attachments,
       attachments_digest)
     VALUES ($1, $2, $3, true, '${RETRIED}', $4, $5, $6, $7, $8, $9)`,
    values,
  );
}

async function threadsOf(tx: Transaction, sourceIds: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ thread_id: string }>(
    'SELECT thread_id FROM messages WHERE source_id = ANY ($1::text[])',
    [sourceIds],
  );
  return rows.map((row) => row.thread_id);
}
