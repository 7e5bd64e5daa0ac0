import { DIGEST_VERSION } from '../../../domain/conversations/records/digest.js';
import { CarryoverError } from '../../../domain/engine/failures.js';
import { addSlices, LEASE_SECONDS } from './slices.js';
import type { NewSlice, PhaseOfBrand } from './slices.js';
import type { Transaction } from '../sql/transaction.js';

/** What a batch adds to its slice. */
export interface BatchSums {
  /** Records read: taken + quarantined. */
  readonly read: number;
  readonly taken: number;
  readonly quarantined: number;
  /** Sums of digests of the rows taken. */
  readonly digest: bigint;
  readonly attachments: number;
  readonly attachmentsDigest: bigint;
}

export const NO_SUMS: BatchSums = {
  read: 0,
  taken: 0,
  quarantined: 0,
  digest: 0n,
  attachments: 0,
  attachmentsDigest: 0n,
};

/** Where a slice stands after a batch. */
export interface SliceStep {
  readonly sliceId: string;
  readonly lease: string;
  /** JSON text: where reading goes on. */
  readonly cursor: string | null;
  readonly done: boolean;
  /** About how many records the slice holds in all, as far as known now. */
  readonly estimate: number;
  /** Between which numbers they lie; left out where nothing new is known. */
  readonly bounds?: { readonly low: number; readonly high: number } | undefined;
  /** The slice keeps what lies above `lower`; `pieces` are what it gives away. */
  readonly cut?: { readonly lower: string; readonly pieces: readonly NewSlice[] } | undefined;
}

/** A phase, and the account whose migration it is part of. */
export interface AdvancedPhase extends PhaseOfBrand {
  readonly accountId: string;
}

const ADVANCE = `
  WITH moved AS (
    UPDATE import_slices SET cursor = $3, done = $4, estimate = $5, lower_key = coalesce($6, lower_key),
      estimate_low = coalesce($14, estimate_low), estimate_high = coalesce($15, estimate_high),
      batches = batches + 1, read = read + $7, taken = taken + $8, quarantined = quarantined + $9, digest = digest + $10,
      attachments = attachments + $11, attachments_digest = attachments_digest + $12,
      leased_by = CASE WHEN $4 THEN NULL ELSE leased_by END,
      leased_until = CASE WHEN $4 THEN NULL ELSE clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}) END,
      updated_at = clock_timestamp()
    WHERE id = $1 AND lease = $2 AND NOT done AND digest_version() = ${DIGEST_VERSION} RETURNING id
  )
  SELECT (SELECT count(*) FROM moved)::integer AS moved,
    jsonb_typeof(migration -> 'paused') = 'object' OR jsonb_typeof(migration -> 'cancelled') = 'object' AS halted
  FROM accounts WHERE id = $13`;

/**
 * Last in a batch's transaction: moves the slice on if its lease still holds and the store's digests are still this code's, else throws
 * CarryoverError `LeaseLost`, so that nothing of the batch stays. Answers whether the migration is paused or cancelled.
 */
export async function advanceSlice(
  tx: Transaction,
  phase: AdvancedPhase,
  step: SliceStep,
  sums: BatchSums,
): Promise<{ readonly halted: boolean }> {
  if (step.cut) await addSlices(tx, phase, step.cut.pieces);
  const { rows } = await tx.query<{ moved: number; halted: boolean | null }>({
    name: 'advance-slice',
    text: ADVANCE,
    values: [
      step.sliceId,
      step.lease,
      step.cursor,
      step.done,
      step.estimate,
      step.cut?.lower ?? null,
      sums.read,
      sums.taken,
      sums.quarantined,
      sums.digest,
      sums.attachments,
      sums.attachmentsDigest,
      phase.accountId,
      step.bounds?.low ?? null,
      step.bounds?.high ?? null,
    ],
  });
  const [row] = rows;
  if (row?.moved !== 1) {
    throw new CarryoverError(
      'LeaseLost',
      `Slice ${step.sliceId} of the ${phase.phase} import has another owner now.`,
    );
  }
  return { halted: row.halted === true };
}

/** Source of the slices that read messages. */
export const MESSAGES = 'messages';

/** Threads that were looked up one by one for messages: a source of its own, never claimed. */
export const LOOKED_UP = 'looked-up-threads';

/** Adds to the sums of the phase's looked-up threads. Several lanes may come at once: the row waits for its turn. */
export async function addLookedUp(tx: Transaction, phase: PhaseOfBrand, sums: BatchSums): Promise<void> {
  if (sums.read === 0 && sums.digest === 0n) return;
  const key = [phase.brandId, phase.phase, LOOKED_UP];
  const values = [...key, sums.read, sums.taken, sums.quarantined, sums.digest];
  // Two that make the row at the same moment make two: the check sums over all of them.
  const added = await tx.query(
    `UPDATE import_slices SET read = read + $4, taken = taken + $5, quarantined = quarantined + $6, digest = digest + $7
     WHERE id = (SELECT min(id) FROM import_slices WHERE brand_id = $1 AND phase = $2 AND source = $3)`,
    values,
  );
  if (added.rowCount === 1) return;
  await tx.query(
    `INSERT INTO import_slices (brand_id, phase, source, done, read, taken, quarantined, digest)
     VALUES ($1, $2, $3, true, $4, $5, $6, $7)`,
    values,
  );
}
