import { minus, NOTHING, released } from '../../../../domain/engine/tally.js';
import { book } from './books.js';
import type { ImportedBrand } from '../import/brand.js';
import { MESSAGES, THREADS } from '../import/phases.js';
import { bookedSums } from '../import/repeats.js';
import type { Transaction } from '../../sql/transaction.js';

/**
 * What a dump has left in two places, because a record came twice and was once whole, once not:
 *
 * 1. A superseded copy under the very key of the message that stands is no copy.
 * 2. A thread in quarantine that this phase could take is none to be quarantined.
 */
export async function forgetTwins(tx: Transaction, brand: ImportedBrand, phase: string): Promise<void> {
  const copies = await tx.query<Record<string, string>>(
    `DELETE FROM carryover.superseded_copies c USING messages m
     WHERE c.brand_id = $1 AND m.source_id = c.source_id AND m.source_thread_id || '/' || m.source_key = c.source_key
     RETURNING c.digest, c.attachments, c.attachments_digest`,
    [brand.id],
  );
  await book(tx, brand.id, phase, MESSAGES, minus(NOTHING, bookedSums(copies.rows)));
  const threads = await tx.query(
    `DELETE FROM quarantined_records q USING thread_sources s, message_threads t
     WHERE q.brand_id = $1 AND q.source_table = 'threads' AND q.phase = $2 AND s.source_id = q.range_key
       AND s.phase = $2 AND t.id = s.thread_id AND t.brand_id = $1`,
    [brand.id, phase],
  );
  await book(tx, brand.id, phase, THREADS, released(threads.rowCount ?? 0));
}
