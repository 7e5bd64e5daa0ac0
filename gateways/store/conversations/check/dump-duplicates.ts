import { minus, NOTHING, released } from '../../../../domain/engine/tally.js';
import { correctImportTally } from './import-tallies.js';
import type { ImportedBrand } from '../import/brand.js';
import { MESSAGES, THREADS } from '../import/phases.js';
import { countedSums } from '../copies/repeats.js';
import type { Transaction } from '../../sql/transaction.js';

/**
 * Removes duplicates that a dump leaves when it holds a record both in a valid and in an invalid form:
 *
 * 1. A superseded copy with the same key as the held message.
 * 2. A quarantined thread that this phase could take.
 */
export async function removeDumpDuplicates(
  tx: Transaction,
  brand: ImportedBrand,
  phase: string,
): Promise<void> {
  const copies = await tx.query<Record<string, string>>(
    `DELETE FROM carryover.superseded_copies c USING messages m
     WHERE c.brand_id = $1 AND m.source_id = c.source_id AND m.source_thread_id || '/' || m.source_key = c.source_key
     RETURNING c.digest, c.attachments, c.attachments_digest`,
    [brand.id],
  );
  await correctImportTally(tx, brand.id, phase, MESSAGES, minus(NOTHING, countedSums(copies.rows)));
  const threads = await tx.query(
    `DELETE FROM quarantined_records q USING thread_sources s, message_threads t
     WHERE q.brand_id = $1 AND q.source_table = 'threads' AND q.phase = $2 AND s.source_id = q.range_key
       AND s.phase = $2 AND t.id = s.thread_id AND t.brand_id = $1`,
    [brand.id, phase],
  );
  await correctImportTally(tx, brand.id, phase, THREADS, released(threads.rowCount ?? 0));
}
