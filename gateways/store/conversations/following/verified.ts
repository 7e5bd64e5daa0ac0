import type { Transaction } from '../../sql/transaction.js';
import type { MarkKind } from '../verify/turns.js';
import type { MessageState } from './message-states.js';
import type { FindBrand } from './ledger.js';
import type { ThreadState } from './thread-states.js';

const KINDS = {
  held: 'message',
  quarantined: 'quarantined',
  superseded: 'superseded',
  source: 'thread',
} as const satisfies Record<MessageState['place'] | ThreadState['place'], MarkKind>;

/**
 * Marks records that following has settled while a verification of the account runs: the verification skips these records, and must not report
 * their rows as missing at the source.
 */
export async function markSettled(
  tx: Transaction,
  brandOf: FindBrand,
  states: readonly (MessageState | ThreadState)[],
): Promise<void> {
  const marks: [string, string, MarkKind, string][] = [];
  for (const state of states) {
    const standing = state.brandId === null ? undefined : await brandOf(state.brandId);
    if (standing?.verification === undefined) continue;
    marks.push([standing.verification, standing.brand.id, KINDS[state.place], keyOf(state)]);
  }
  if (marks.length === 0) return;
  await tx.query(
    `INSERT INTO carryover.verification_marks (verification_id, brand_id, kind, row_key)
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING`,
    [0, 1, 2, 3].map((column) => marks.map((mark) => mark[column])),
  );
}

function keyOf(state: MessageState | ThreadState): string {
  if ('id' in state) return state.id;
  return state.recordId ?? state.sourceId;
}
