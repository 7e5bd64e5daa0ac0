import type { ImportedBrand } from '../import/brand.js';
import type { Transaction } from '../../sql/transaction.js';
import { OF_TURN, turnKey } from '../../proof/findings.js';
import type { Turn } from './turns.js';

/**
 * Marks the messages that following has brought although they are older than those that the turn reads, since the import of older ones is not planned
 * yet. Returns whether there are any.
 */
export async function markOlder(
  tx: Transaction,
  { recentSince }: ImportedBrand,
  turn: Turn,
): Promise<boolean> {
  const ofRecent = await tx.query(
    `SELECT FROM carryover.verification_units WHERE ${OF_TURN} AND part = 'recent'`,
    turnKey(turn),
  );
  if (ofRecent.rowCount === 0) return false;
  const { rowCount } = await tx.query(
    `INSERT INTO carryover.verification_marks (verification_id, brand_id, kind, row_key)
     SELECT $1::bigint, $2::bigint, 'message', m.id::text FROM message_threads t JOIN messages m ON m.thread_id = t.id
     WHERE t.brand_id = $2 AND m.source_key < $3
     UNION ALL SELECT $1, $2, 'quarantined', q.id::text FROM quarantined_records q
     WHERE q.brand_id = $2 AND q.source_table = 'messages' AND q.range_key < $3
     ON CONFLICT DO NOTHING`,
    [turn.verificationId, turn.brandId, recentSince],
  );
  return (rowCount ?? 0) > 0;
}
