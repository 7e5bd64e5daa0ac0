import { DIGEST_VERSION } from '../../../domain/conversations/records/digest.js';
import { CarryoverError } from '../../../domain/engine/failures.js';
import { addSlices } from './slices.js';
import type { NewSlice, PhaseOfBrand } from './slices.js';
import { transaction } from '../sql/transaction.js';
import type { Pool, Transaction } from '../sql/transaction.js';

/**
 * Makes the phase with its first slices. A phase that is there stays as it is, unless its slices have summed up digests of another version:
 * then it is read again from the beginning. Throws StoreUnavailable where this code's digests are not the store's.
 *
 * @param whole the slices of a phase that has to read the messages of the phase before it as well, whose sums are outdated
 */
export async function planPhase(
  pool: Pool,
  { brandId, phase }: PhaseOfBrand,
  slices: readonly NewSlice[],
  whole: readonly NewSlice[] = slices,
): Promise<void> {
  await transaction(pool, 'plan-phase', async (tx) => {
    await assertSameDigests(tx);
    const isNew = await makePhase(tx, { brandId, phase });
    const outdated = await outdatedPhases(tx, { brandId, phase });
    if (!isNew && !outdated.includes(phase)) return;
    for (const each of outdated) await forgetSums(tx, { brandId, phase: each }, each === phase, whole);
    await forgetReads(tx, { brandId, phase });
    const planned = outdated.some((each) => each !== phase) ? whole : slices;
    await addSlices(tx, { brandId, phase }, planned);
    const ranges = planned.map(({ source, lower, upper }) => ({ source, lower, upper }));
    await tx.query('UPDATE import_phases SET ranges = $3 WHERE brand_id = $1 AND phase = $2', [
      brandId,
      phase,
      JSON.stringify(ranges),
    ]);
  });
}

/** Answers whether it was not there. */
export async function makePhase(tx: Transaction, { brandId, phase }: PhaseOfBrand): Promise<boolean> {
  const made = await tx.query(
    'INSERT INTO import_phases (brand_id, phase) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [brandId, phase],
  );
  return made.rowCount === 1;
}

/** Sums of code whose digests are not the store's would never be equal to what the store computes. */
export async function assertSameDigests(tx: Transaction): Promise<void> {
  const { rows } = await tx.query<{ version: number }>('SELECT digest_version() AS version');
  const version = rows[0]?.version;
  if (version === DIGEST_VERSION) return;
  throw new CarryoverError(
    'StoreUnavailable',
    `The store computes digests of version ${version}, this worker of version ${DIGEST_VERSION}: run workers and migrations of one release.`,
  );
}

/**
 * The phase, and for `remaining` also the one before it, whose books its check sums up with its own, if their sums are outdated. They
 * are of the store's version from now on; a phase that is complete is not read again for its own sake.
 */
export async function outdatedPhases(tx: Transaction, { brandId, phase }: PhaseOfBrand): Promise<string[]> {
  const { rows } = await tx.query<{ phase: string }>(
    `UPDATE import_phases SET digest_version = digest_version()
     WHERE brand_id = $1 AND digest_version <> digest_version() AND (phase = $2 OR $2 = 'remaining' AND phase = 'recent')
       AND $2 IN ('recent', 'remaining')
       AND NOT EXISTS (SELECT FROM import_phases WHERE brand_id = $1 AND phase = $2 AND completed_at IS NOT NULL)
     RETURNING phase`,
    [brandId, phase],
  );
  return rows.map((row) => row.phase);
}

/** All that the phase has summed up; of an earlier phase the messages: its threads are read again anyway. */
async function forgetSums(
  tx: Transaction,
  { brandId, phase }: PhaseOfBrand,
  all: boolean,
  whole: readonly NewSlice[],
): Promise<void> {
  await tx.query(
    'DELETE FROM import_slices WHERE brand_id = $1 AND phase = $2 AND ($3 OR source = ANY ($4::text[]))',
    [brandId, phase, all, whole.map(({ source }) => source)],
  );
  await tx.query(
    `UPDATE quarantined_records SET phase = NULL WHERE brand_id = $1 AND phase = $2 AND source_table = 'messages'`,
    [brandId, phase],
  );
  await tx.query('DELETE FROM carryover.superseded_copies WHERE brand_id = $1', [brandId]);
}

/** Where a phase is planned anew, threads that it read the first time are still to be read by it. */
export async function forgetReads(tx: Transaction, { brandId, phase }: PhaseOfBrand): Promise<void> {
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
