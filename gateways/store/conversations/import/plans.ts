import { settleBooks } from '../check/books.js';
import { storeSide } from '../check/check.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';
import { ask } from '../../sql/ask.js';
import { plannedBy, planFilesOf, readFilesAgain } from '../../work/files.js';
import { outdatedPhases, planPhase } from '../../work/plans.js';
import type { PhasePlan } from '../../work/plans.js';
import type { PhaseRef } from '../../work/phase-ref.js';
import type { NewSlice } from '../../work/slices.js';
import type { ImportedBrand } from './brand.js';
import { assertSameDigests, MESSAGES } from './phases.js';

/** The phase whose messages the check of the remaining ones sums up with its own. */
const RECENT = 'recent';

function included({ pass, phase }: PhaseRef): string | undefined {
  return pass === 'copy' && phase === 'remaining' ? RECENT : undefined;
}

/**
 * Creates a phase of a brand with its first slices, ranges of the source's tables. Idempotent.
 *
 * @param whole the slices of a phase that also has to read the messages of the phase before it, whose digests are outdated
 */
export async function planRanges(
  pool: Pool,
  brand: ImportedBrand,
  phase: PhaseRef,
  { slices, whole }: Pick<PhasePlan, 'slices' | 'whole'>,
): Promise<void> {
  await assertSameDigests(pool);
  const earlier = included(phase);
  await planPhase(pool, phase, {
    slices,
    whole,
    includes: earlier === undefined ? undefined : { phase: earlier, stages: [MESSAGES] },
    async forget(tx, outdated) {
      if (phase.pass !== 'copy') return;
      for (const each of outdated) await forgetRecords(tx, brand.id, each);
      await forgetReads(tx, brand.id, phase.phase);
    },
  });
}

/**
 * Creates a phase out of a dump's files, or brings it up to what lies there, once for each run of the workflow: a run begins with somebody's
 * start, and while it lasts a file that has changed is an error. Of what was read before, reading it again changes the books by what has
 * changed. Where the books are of digests that the store does not have any more, they are made anew from what it holds, and all files are
 * read again.
 *
 * @param list returns the slices wanted now; not called where this run has planned already
 */
export async function planFiles(
  pool: Pool,
  brand: ImportedBrand,
  phase: PhaseRef,
  run: string,
  list: () => Promise<readonly NewSlice[]>,
): Promise<void> {
  await assertSameDigests(pool);
  if (phase.pass === 'copy')
    await transaction(pool, 'reset-outdated-files', async (tx) => {
      const outdated = await outdatedPhases(tx, phase, included(phase));
      if (outdated.length === 0) return;
      await readFilesAgain(tx, phase);
      await settleBooks(tx, brand, await storeSide(tx, brand.id));
    });
  if ((await plannedBy(pool, phase)) === run) return;
  const wanted = await list();
  await transaction(pool, 'plan-files', async (tx) => {
    const isNew = await planFilesOf(tx, phase, run, wanted);
    if (isNew && phase.pass === 'copy') await forgetReads(tx, brand.id, phase.phase);
  });
}

/** Messages are in quarantine for this reason. */
export async function hasMessagesWithoutThreads(
  pool: Pool,
  brandId: string,
  reason: string,
): Promise<boolean> {
  const rows = await ask(
    pool,
    `SELECT FROM quarantined_records
     WHERE brand_id = $1 AND source_table = 'messages' AND reason = $2 LIMIT 1`,
    [brandId, reason],
  );
  return rows.length > 0;
}

/** What the books of a phase had beside its slices. */
async function forgetRecords(tx: Transaction, brandId: string, phase: string): Promise<void> {
  await tx.query(
    `UPDATE quarantined_records SET phase = NULL WHERE brand_id = $1 AND phase = $2 AND source_table = 'messages'`,
    [brandId, phase],
  );
  await tx.query('DELETE FROM carryover.superseded_copies WHERE brand_id = $1', [brandId]);
}

/** Where a phase is planned anew, threads that it read the first time are still to be read by it. */
async function forgetReads(tx: Transaction, brandId: string, phase: string): Promise<void> {
  await tx.query(
    `UPDATE thread_sources s SET phase = NULL FROM message_threads t
     WHERE t.brand_id = $1 AND s.thread_id = t.id AND s.phase = $2`,
    [brandId, phase],
  );
  await tx.query('UPDATE quarantined_records SET phase = NULL WHERE brand_id = $1 AND phase = $2', [
    brandId,
    phase,
  ]);
}
