import { CONVERSATIONS } from '../../../../domain/conversations/migration.js';
import type { Transaction } from '../../sql/transaction.js';

/**
 * Why changes of a brand were missed. `too-old`: the stream no longer kept them. `too-many`: more hints waited than are kept, as for
 * a migration that is paused for days.
 * `stream-replaced`, `stream-ended`: the source's stream was switched off. `interrupted`: the account was not followed for a while.
 */
export type GapReason = 'too-old' | 'too-many' | 'stream-replaced' | 'stream-ended' | 'interrupted';

/**
 * Marks that changes were missed; a verification with repair that begins afterwards finds them. Without `brandIds`: all brands followed by the
 * stream. Keeps the first reason, with the time of the latest. MUST come after statements of the transaction that drop hints.
 */
export async function markGap(
  tx: Transaction,
  reason: GapReason,
  brandIds?: readonly string[],
): Promise<void> {
  await tx.run`
    UPDATE carryover.followed_brands b
    SET gap = jsonb_build_object('reason', coalesce(b.gap ->> 'reason', ${reason}::text), 'until', clock_timestamp())
    FROM carryover.followed_accounts f
    WHERE f.account_id = b.account_id
      AND (b.brand_id = ANY (${brandIds ?? []}::text[]) OR (${brandIds === undefined} AND f.by = 'stream'))`;
}

/** Closes the gaps of brands that this repair has read, unless they were marked again after it was requested. Idempotent. */
export async function closeGaps(tx: Transaction, verificationId: bigint): Promise<void> {
  await tx.run`
    UPDATE carryover.followed_brands f SET gap = NULL
    FROM carryover.verifications v JOIN carryover.verification_units t ON t.verification_id = v.id AND t.pass = 1
    JOIN brands b ON b.unit_id = t.unit_id
    WHERE v.id = ${verificationId} AND v.kind = ${CONVERSATIONS} AND v.repair AND v.state IN ('equal', 'unequal')
      AND t.imported AND t.ended_at IS NOT NULL
      AND f.account_id = v.subject AND f.brand_id = b.source_id AND (f.gap ->> 'until')::timestamptz < v.asked_at`;
}
