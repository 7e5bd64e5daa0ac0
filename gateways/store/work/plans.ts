import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { MigrationRef } from '../../../domain/engine/migration-ref.js';
import { keyOf, OF_PHASE } from './phase-ref.js';
import type { PhaseRef } from './phase-ref.js';
import { addSlices } from './slices.js';
import type { NewSlice } from './slices.js';
import { transaction } from '../sql/transaction.js';
import type { Pool, Transaction } from '../sql/transaction.js';

/** The slices that a phase should read. */
export interface PhasePlan {
  readonly slices: readonly NewSlice[];
  /** The earlier phase, and its stages, whose tallies the check of this phase includes. */
  readonly includes?: { readonly phase: string; readonly stages: readonly string[] } | undefined;
  /** Used instead of `slices` if the tallies of the earlier phase are outdated: its records are read again. */
  readonly whole?: readonly NewSlice[] | undefined;
  /** For `TransactionOptions.opening`. */
  readonly opening?: string;
  /** Removes the kind's own data of `outdated` phases, whose tallies are dropped, in the planning transaction. */
  forget?(tx: Transaction, outdated: readonly string[]): Promise<void>;
}

/**
 * Creates the phase with its first slices. Idempotent: an existing phase does not change, unless its tallies have digests of another version. It is
 * then read again from the beginning.
 */
export async function planPhase(pool: Pool, phase: PhaseRef, plan: PhasePlan): Promise<void> {
  const { slices, includes, whole = slices, opening } = plan;
  const write = async (tx: Transaction): Promise<void> => {
    const isNew = await makePhase(tx, phase);
    const outdated = await outdatedPhases(tx, phase, includes?.phase);
    if (!isNew && !outdated.includes(phase.phase)) return;
    for (const each of outdated)
      await forgetSlices(tx, { ...phase, phase: each }, each === phase.phase ? undefined : includes?.stages);
    await plan.forget?.(tx, outdated);
    const planned = outdated.some((each) => each !== phase.phase) ? whole : slices;
    await addSlices(tx, phase, planned);
    const ranges = planned.map(({ stage, lower, upper }) => ({ stage, lower, upper }));
    await tx.query(`UPDATE carryover.phases SET ranges = $5, again = $6 WHERE ${OF_PHASE}`, [
      ...keyOf(phase),
      JSON.stringify(ranges),
      outdated.length > 0,
    ]);
  };
  await transaction(pool, 'plan-phase', write, { opening });
}

/**
 * Ends a phase for good, finished or not. No lane claims its slices again, a lane that still works on a slice commits no more of it, and a lane that
 * begins later finds nothing to do, even if the phase was never planned. Returns all slices with leases that no lane has, for the fences of a target
 * elsewhere. Idempotent.
 */
export async function closePhase(
  pool: Pool,
  phase: PhaseRef,
): Promise<{ readonly id: string; readonly lease: string }[]> {
  return transaction(pool, 'close-phase', async (tx) => {
    await makePhase(tx, phase);
    await tx.query(
      `UPDATE carryover.work SET lease = lease + 1, leased_by = NULL, leased_until = NULL, done = true
       WHERE ${OF_PHASE} AND NOT done`,
      keyOf(phase),
    );
    const slices = await tx.query<{ id: string; lease: string }>(
      `SELECT id, lease FROM carryover.work WHERE ${OF_PHASE}`,
      keyOf(phase),
    );
    return slices.rows;
  });
}

/** Returns whether the phase is new. */
export async function makePhase(tx: Transaction, phase: PhaseRef): Promise<boolean> {
  const made = await tx.query(
    `INSERT INTO carryover.phases (unit_id, pass, run, phase, digest_version) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
    [...keyOf(phase), phase.digestVersion],
  );
  return made.rowCount === 1;
}

/**
 * Returns the phase, and the earlier phase that it includes, if their digests are outdated, and updates their version. Returns none for a completed
 * phase, which is not read again.
 */
export async function outdatedPhases(
  tx: Transaction,
  phase: PhaseRef,
  included: string | undefined,
): Promise<string[]> {
  const { rows } = await tx.query<{ phase: string }>(
    `UPDATE carryover.phases SET digest_version = $5
     WHERE unit_id = $1 AND pass = $2 AND run = $3 AND phase IN ($4, $6) AND digest_version <> $5
       AND NOT EXISTS (SELECT FROM carryover.phases WHERE ${OF_PHASE} AND completed_at IS NOT NULL)
     RETURNING phase`,
    [...keyOf(phase), phase.digestVersion, included ?? phase.phase],
  );
  return rows.map((row) => row.phase);
}

/** Removes the phase's slices of these stages, or of all, with their tallies. */
async function forgetSlices(
  tx: Transaction,
  phase: PhaseRef,
  stages: readonly string[] | undefined,
): Promise<void> {
  for (const table of ['tallies', 'work'])
    await tx.query(
      `DELETE FROM carryover.${table} WHERE ${OF_PHASE} AND ($5::text[] IS NULL OR stage = ANY ($5))`,
      [...keyOf(phase), stages ?? null],
    );
}

/** Removes all phases of one run of a pass. */
export async function removeRun(
  tx: Transaction,
  { unitId, pass, run }: Pick<PhaseRef, 'unitId' | 'pass' | 'run'>,
): Promise<void> {
  for (const table of TABLES)
    await tx.query(`DELETE FROM carryover.${table} WHERE unit_id = $1 AND pass = $2 AND run = $3`, [
      unitId,
      pass,
      run,
    ]);
}

/** Removes the work of a migration in all passes. Batches in progress can no longer commit. */
export async function removeWork(tx: Transaction, { kind, subject }: MigrationRef): Promise<void> {
  for (const table of TABLES)
    await tx.query(
      `DELETE FROM carryover.${table} WHERE unit_id IN (
         SELECT u.id FROM carryover.units u JOIN carryover.migrations m ON m.id = u.migration_id WHERE m.kind = $1 AND m.subject = $2)`,
      [kind, subject],
    );
}

/** In an order that respects their foreign keys. */
const TABLES = ['tallies', 'work', 'phases'] as const;

/**
 * Records that the check found both sides equal. A completed phase keeps its result unless it was checked `again`. Throws CarryoverError `LeaseLost`
 * if a reset has removed the phase.
 */
export async function completePhase(
  tx: Transaction,
  phase: PhaseRef,
  checked: unknown,
  { again = false } = {},
): Promise<void> {
  const completed = await tx.query(
    `UPDATE carryover.phases SET completed_at = CASE WHEN $6 THEN now() ELSE coalesce(completed_at, now()) END,
       checked = CASE WHEN $6 OR completed_at IS NULL THEN $5 ELSE checked END
     WHERE ${OF_PHASE}`,
    [...keyOf(phase), JSON.stringify(checked), again],
  );
  if (completed.rowCount === 1) return;
  throw new CarryoverError(
    'LeaseLost',
    `The ${phase.phase} phase was removed while it was checked: its migration was reset.`,
  );
}
