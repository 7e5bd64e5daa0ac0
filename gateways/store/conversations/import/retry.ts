import { WITH_STAGING } from './staging-tables.js';
import type { QuarantinedRecord } from '../../../../domain/conversations/records/rows.js';
import { plus, released } from '../../../../domain/engine/tally.js';
import { correctTally } from '../../work/tallies.js';
import { writeMessageBatch } from './batches.js';
import type { BatchContext, MessageBatch, ThreadBatch } from './batches.js';
import { IMPORT_PHASES, importPhase, MESSAGES, THREADS } from './phases.js';
import { IS_COUNTED } from './quarantine.js';
import { recountThreads } from './settle.js';
import { writeThreads } from './threads.js';
import { ask } from '../../sql/ask.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool, Transaction, TransactionOptions } from '../../sql/transaction.js';
import { assertApplied, lockedApplied } from '../following/followed-keys.js';

/** The brand of the retried record. The record as read is valid while the brand's following is at `applied`; otherwise each retry throws Outdated. */
export interface RetryContext extends BatchContext {
  readonly applied: string;
}

/** The outcome of a retry. `settled`: the record had already left quarantine. `refused`: it stays, with the current reason. */
export type RetryOutcome = 'imported' | 'refused' | 'settled';

/**
 * Takes one message out of quarantine, with the thread that was looked up for it, in one transaction.
 *
 * 1. Deletes its quarantine row. If that is already gone, does nothing.
 * 2. Writes the message like an import. If that quarantines it again, rolls back to before the deletion and updates only the reason, so the row keeps
 *    its id.
 * 3. Corrects the tally: the record was counted as read and quarantined when it came in, so the write's tally is reduced by that. The check's
 *    equations hold before and after.
 * 4. Recounts threads that gained or lost the message, because their brand may not be settled again.
 *
 * Throws RefusedData if PostgreSQL refuses the message; otherwise what `transaction` throws.
 */
export async function retryMessage(
  pool: Pool,
  context: RetryContext,
  recordId: string,
  batch: MessageBatch,
): Promise<RetryOutcome> {
  const work = async (tx: Transaction): Promise<RetryOutcome> => {
    const sourceIds = batch.messages.map(({ row }) => row.sourceId);
    const before = await threadsOf(tx, sourceIds);
    const outcome = await outOfQuarantine(tx, recordId, async () => {
      const tally = await writeMessageBatch(tx, context, batch);
      await correctTally(tx, importPhase(context.brand, context.phase), MESSAGES, plus(tally, released(1)));
    });
    if (outcome === 'imported') {
      await recountThreads(tx, [...before, ...(await threadsOf(tx, sourceIds))]);
    }
    return outcome;
  };
  return unlessFollowed(pool, 'retry-message', context, work, WITH_STAGING);
}

/** The same for a thread. Its phase does not count it if the phase was planned anew since. */
export async function retryThread(
  pool: Pool,
  context: RetryContext,
  recordId: string,
  batch: ThreadBatch,
): Promise<RetryOutcome> {
  return unlessFollowed(pool, 'retry-thread', context, (tx) =>
    outOfQuarantine(tx, recordId, async (gone) => {
      const { brand, phase } = context;
      const { tally } = await writeThreads(tx, brand, phase, batch.threads, batch.records);
      await correctTally(tx, importPhase(brand, phase), THREADS, tally);
      if (gone.counted) await correctTally(tx, importPhase(brand, gone.phase), THREADS, released(1));
    }),
  );
}

/** Records why the unchanged record is still refused. */
export async function noteReason(
  pool: Pool,
  context: RetryContext,
  recordId: string,
  reason: string,
): Promise<void> {
  const text = 'UPDATE quarantined_records SET reason = $2, quarantined_at = now() WHERE id = $1';
  await unlessFollowed(pool, 'note-quarantined', context, (tx) => tx.query(text, [recordId, reason]));
}

/** Records the current contents of a record that cannot be taken. Contents of another account are not kept. */
export async function noteRecord(
  pool: Pool,
  context: RetryContext,
  recordId: string,
  record: QuarantinedRecord,
): Promise<void> {
  await unlessFollowed(pool, 'note-quarantined', context, (tx) =>
    tx.query(
      `UPDATE quarantined_records SET reason = $2, raw = $3, source_id = $4, identity = $5, quarantined_at = now()
       WHERE id = $1`,
      [recordId, record.reason, record.raw, record.sourceId, record.identity],
    ),
  );
}

function unlessFollowed<T>(
  pool: Pool,
  name: string,
  { brand, applied }: RetryContext,
  work: (tx: Transaction) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const checked = async (tx: Transaction): Promise<T> => {
    assertApplied(tx, applied);
    return work(tx);
  };
  return transaction(pool, name, checked, { ...options, opening: lockedApplied(brand) });
}

/** The phase whose tally counts the brand's retried records; undefined without any phase. */
export async function tallyPhase(
  pool: Pool,
  brandId: string,
  wished: string | null,
): Promise<string | undefined> {
  const [row] = await ask<{ phase: string }>(
    pool,
    `SELECT phase FROM ${IMPORT_PHASES} p WHERE brand_id = $1 ORDER BY phase = $2 DESC, phase DESC LIMIT 1`,
    [brandId, wished ?? ''],
  );
  return row?.phase;
}

interface Gone {
  readonly source_table: string;
  readonly source_key_hash: string;
  readonly phase: string;
  readonly counted: boolean;
}

async function outOfQuarantine(
  tx: Transaction,
  recordId: string,
  write: (gone: Gone) => Promise<void>,
): Promise<RetryOutcome> {
  await tx.query('SAVEPOINT quarantined');
  const gone = await tx.query<Gone>(
    `DELETE FROM quarantined_records q WHERE id = $1 RETURNING source_table, source_key_hash, phase, ${IS_COUNTED} AS counted`,
    [recordId],
  );
  const [row] = gone.rows;
  if (!row) return 'settled';
  await write(row);
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

async function threadsOf(tx: Transaction, sourceIds: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ thread_id: string }>(
    'SELECT thread_id FROM messages WHERE source_id = ANY ($1::text[])',
    [sourceIds],
  );
  return rows.map((row) => row.thread_id);
}
