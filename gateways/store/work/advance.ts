import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { Tally } from '../../../domain/engine/tally.js';
import { isHalted } from './halted.js';
import type { PhaseRef } from './phase-ref.js';
import { addSlices, LEASE_SECONDS } from './slices.js';
import type { NewSlice } from './slices.js';
import { added, TALLY_COLUMNS, valuesOf } from './tallies.js';
import type { Transaction } from '../sql/transaction.js';

/** The state of a slice after a batch. */
export interface SliceStep {
  readonly sliceId: string;
  readonly lease: string;
  /** The batch's number within the slice, from 1. */
  readonly batch: number;
  /** JSON text: where reading continues; null at the end. */
  readonly cursor: string | null;
  readonly done: boolean;
  /** Current estimate of the slice's total number of records. */
  readonly estimate: number;
  /** Bounds on that number; undefined if nothing new is known. */
  readonly bounds?: { readonly low: number; readonly high: number } | undefined;
  /** A cut: the slice keeps the keys from `lower` on, `pieces` become new slices. */
  readonly cut?: { readonly lower: string; readonly pieces: readonly NewSlice[] } | undefined;
}

const ADVANCE = `
  WITH moved AS (
    UPDATE carryover.work w SET cursor = $3, done = $4, estimate = $5, lower_key = coalesce($6, lower_key),
      estimate_low = coalesce($7, estimate_low), estimate_high = coalesce($8, estimate_high),
      batches = batches + 1, read = read + $11,
      leased_by = CASE WHEN $4 THEN NULL ELSE leased_by END,
      leased_until = CASE WHEN $4 THEN NULL ELSE clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}) END,
      updated_at = clock_timestamp()
    WHERE id = $1 AND lease = $2 AND batches = $17 - 1 AND NOT done AND unit_id = $9 AND EXISTS (
      SELECT FROM carryover.phases p WHERE p.unit_id = w.unit_id AND p.pass = w.pass AND p.run = w.run AND p.phase = w.phase
        AND p.digest_version = $10)
    RETURNING id, unit_id, pass, run, phase, stage
  ), counted AS (
    INSERT INTO carryover.tallies AS t (slice_id, unit_id, pass, run, phase, stage, ${TALLY_COLUMNS})
    SELECT moved.*, $11::bigint, $12::bigint, $13::bigint, $14::numeric, $15::bigint, $16::numeric FROM moved
    ON CONFLICT (slice_id) DO UPDATE SET ${added('t', 'excluded')}
  )
  SELECT (SELECT count(*) FROM moved)::integer AS moved, ${isHalted('$9')} AS halted`;

/**
 * Advances the slice and counts the batch. Must be the last statement of a batch's transaction. Throws CarryoverError `LeaseLost`, which rolls the
 * batch back, if the lease no longer holds, the slice's last batch is not the one before this (a crash of PostgreSQL has lost it), or the phase's
 * digests are of another version. Returns whether the migration is paused or cancelled.
 */
export async function advanceSlice(
  tx: Transaction,
  phase: PhaseRef,
  step: SliceStep,
  tally: Tally,
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
      step.bounds?.low ?? null,
      step.bounds?.high ?? null,
      phase.unitId,
      phase.digestVersion,
      ...valuesOf(tally),
      step.batch,
    ],
  });
  const [row] = rows;
  if (row?.moved !== 1) {
    throw new CarryoverError(
      'LeaseLost',
      `Another worker now owns slice ${step.sliceId} of the ${phase.phase} ${phase.pass}.`,
    );
  }
  return { halted: row.halted === true };
}
