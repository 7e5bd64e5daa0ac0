import { settleTallies, threadsAsRead } from '../check/import-tallies.js';
import { storeSide } from '../check/check.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';
import { ask } from '../../sql/ask.js';
import { countAsRead, plannedBy, planFilesOf, readFilesAgain } from '../../work/files.js';
import { outdatedPhases, planPhase } from '../../work/plans.js';
import type { PhasePlan } from '../../work/plans.js';
import type { PhaseRef } from '../../work/phase-ref.js';
import type { NewSlice } from '../../work/slices.js';
import { accountLock } from '../following/account-lock.js';
import { forgetBrought, takeOverFollowed } from '../following/planned-again.js';
import type { ImportedBrand } from './brand.js';
import { assertSameDigests, MESSAGES, THREADS } from './phases.js';

/** The phase whose messages the check of the remaining ones includes. */
const RECENT = 'recent';

function included({ pass, phase }: PhaseRef): string | undefined {
  return pass === 'copy' && phase === 'remaining' ? RECENT : undefined;
}

/**
 * Creates a phase of a brand with its first slices, which are ranges of the source's tables. Idempotent.
 *
 * @param whole the slices to use if the phase must also read the messages of the earlier phase, because its digests are outdated
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
    opening: accountLock('shared', brand.accountId),
    includes: earlier === undefined ? undefined : { phase: earlier, stages: [MESSAGES] },
    async forget(tx, outdated) {
      if (phase.pass !== 'copy') return;
      for (const each of outdated) await forgetRecords(tx, brand.id, each);
      await forgetReads(tx, brand.id, phase.phase);
      if (outdated.length > 0) await forgetBrought(tx, brand, phase.phase);
      else if (phase.phase === 'remaining') await takeOverFollowed(tx, brand);
    },
  });
}

/**
 * Creates a phase from a dump's files, or updates it to the current files, once for each workflow run: a run begins with a start, and during the run
 * a changed file is an error. Reading a file again adds only changes to the tallies. If the tallies have digests of another version they are
 * recomputed from the store, and all files are read again.
 *
 * @param list returns the wanted slices; not called if this run has already planned
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
      await settleTallies(tx, brand, await storeSide(tx, brand.id));
    });
  if ((await plannedBy(pool, phase)) === run) return;
  const wanted = await list();
  await transaction(pool, 'plan-files', async (tx) => {
    const isNew = await planFilesOf(tx, phase, run, wanted);
    if (!isNew || phase.pass !== 'copy') return;
    await forgetReads(tx, brand.id, phase.phase);
    if (included(phase) === RECENT) await takeOverThreads(tx, brand, phase);
  });
}

/** More threads than this are read again: one statement changes them all, unthrottled, in about a second of the server's time. */
const MOST_TAKEN_OVER = 50_000;

/**
 * Lets the remaining phase count the threads that the recent one has read, and read only thread files that are new or changed. If the store does
 * not hold exactly these threads any more, if some are in quarantine, or if they are very many, it reads all files again.
 */
async function takeOverThreads(tx: Transaction, brand: ImportedBrand, phase: PhaseRef): Promise<void> {
  const tally = await threadsAsRead(tx, brand, RECENT, MOST_TAKEN_OVER);
  if (tally === undefined) return;
  await countAsRead(tx, phase, { earlier: RECENT, stage: THREADS, tally });
  await tx.query(
    `UPDATE thread_sources s SET phase = $3 FROM message_threads t
     WHERE t.brand_id = $1 AND s.thread_id = t.id AND s.phase = $2`,
    [brand.id, RECENT, phase.phase],
  );
}

/** Whether messages are in quarantine for this reason. */
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

/** Resets the records of a phase outside of its slices. */
async function forgetRecords(tx: Transaction, brandId: string, phase: string): Promise<void> {
  await tx.query(
    `UPDATE quarantined_records SET phase = NULL WHERE brand_id = $1 AND phase = $2 AND source_table = 'messages'`,
    [brandId, phase],
  );
  await tx.query('DELETE FROM carryover.superseded_copies WHERE brand_id = $1', [brandId]);
}

/** A phase that is planned again must count again the threads that it has read before. */
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
