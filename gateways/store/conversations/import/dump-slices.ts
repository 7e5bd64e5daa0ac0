import { settleBooks, storeSide } from '../check/books.js';
import type { CheckSources } from '../check/check.js';
import { assertSameDigests, forgetReads, makePhase, outdatedPhases } from '../../work/plans.js';
import { addSlices } from '../../work/slices.js';
import type { NewSlice, PhaseOfBrand } from '../../work/slices.js';
import { ask } from '../../sql/ask.js';
import { transaction } from '../../sql/transaction.js';
import type { Pool, Transaction } from '../../sql/transaction.js';

/** A file of a dump as a slice knows it: what is another version is another slice. */
export interface FileSlice {
  readonly uri: string;
  readonly version: string;
}

/** The slice that reads a file, with a guess at its records. */
export function sliceOfFile(
  source: string,
  { uri, version }: FileSlice,
  guess: Pick<NewSlice, 'estimate' | 'bounds'>,
): NewSlice {
  return { source, lower: JSON.stringify(uri), upper: JSON.stringify(version), ...guess };
}

/**
 * Makes a phase out of a dump's files, or brings it up to what lies there, once for each run of the workflow: a run begins with
 * somebody's start, and while it lasts a file that has changed is an error.
 *
 * 1. Slices of files that are gone or changed are closed. What they have read stays, in the store and in the books.
 * 2. Files that are new or changed get a slice. Of what was read before, reading it again changes the books by what has changed.
 *
 * 3. Where the books are of digests that the store does not have any more, they are made anew from what it holds, and all files are read
 *    again: reading changes the books by what differs.
 *
 * @param sources what the books are kept under
 * @param list tells the slices wanted now; not asked where this run has planned already
 */
export async function planFiles(
  pool: Pool,
  phase: PhaseOfBrand,
  { run, sources }: { readonly run: string; readonly sources: CheckSources },
  list: () => Promise<readonly NewSlice[]>,
): Promise<void> {
  const key = [phase.brandId, phase.phase];
  await transaction(pool, 'reset-outdated-files', async (tx) => {
    await assertSameDigests(tx);
    const outdated = await outdatedPhases(tx, phase);
    if (outdated.length > 0) await readAgain(tx, phase.brandId, sources);
  });
  const planned = await ask<{ planned_by: string | null }>(
    pool,
    'SELECT planned_by FROM import_phases WHERE brand_id = $1 AND phase = $2',
    key,
  );
  if (planned[0]?.planned_by === run) return;
  const wanted = await list();
  await transaction(pool, 'plan-files', async (tx) => {
    if (await makePhase(tx, phase)) await forgetReads(tx, phase);
    // What is complete was compared with its sums: files that have come since are the next phase's.
    const open = await tx.query(
      `UPDATE import_phases SET planned_by = $3 WHERE brand_id = $1 AND phase = $2 AND completed_at IS NULL
         AND planned_by IS DISTINCT FROM $3`,
      [...key, run],
    );
    if (open.rowCount === 1) await compare(tx, phase, wanted);
  });
}

async function readAgain(tx: Transaction, brandId: string, sources: CheckSources): Promise<void> {
  await closeSlices(
    tx,
    `SELECT id FROM import_slices
     WHERE brand_id = $1 AND phase IN ('recent', 'remaining') AND lower_key IS NOT NULL AND upper_key IS NOT NULL`,
    [brandId],
  );
  await settleBooks(tx, brandId, sources, await storeSide(tx, brandId));
  await tx.query('UPDATE import_phases SET planned_by = NULL WHERE brand_id = $1', [brandId]);
}

/** The lease grows, so that a lane that still reads commits no more of it. */
async function closeSlices(tx: Transaction, ids: string, values: unknown[]): Promise<void> {
  await tx.query(
    `UPDATE import_slices SET done = true, upper_key = NULL, cursor = NULL, lease = lease + 1, leased_by = NULL, leased_until = NULL
     WHERE id IN (${ids})`,
    values,
  );
}

async function compare(tx: Transaction, phase: PhaseOfBrand, wanted: readonly NewSlice[]): Promise<void> {
  const { rows } = await tx.query<Record<string, string>>(
    `SELECT id, source, lower_key, upper_key FROM import_slices
     WHERE brand_id = $1 AND phase = $2 AND lower_key IS NOT NULL AND upper_key IS NOT NULL FOR UPDATE`,
    [phase.brandId, phase.phase],
  );
  const known = new Set(
    rows.map((row) => nameOf(row['source'] ?? '', row['lower_key'] ?? '', row['upper_key'] ?? '')),
  );
  const names = new Set(wanted.map((slice) => nameOf(slice.source, slice.lower ?? '', slice.upper ?? '')));
  const gone = rows.filter(
    (row) => !names.has(nameOf(row['source'] ?? '', row['lower_key'] ?? '', row['upper_key'] ?? '')),
  );
  await closeSlices(tx, 'SELECT unnest($1::bigint[])', [gone.map((row) => row['id'])]);
  await addSlices(
    tx,
    phase,
    wanted.filter((slice) => !known.has(nameOf(slice.source, slice.lower ?? '', slice.upper ?? ''))),
  );
}

function nameOf(...parts: readonly string[]): string {
  return parts.join('\n');
}

/** The files of the brand that an import has read to their end, in the versions it has read. */
export async function filesRead(
  pool: Pool,
  brandId: string,
  phases: readonly string[],
): Promise<FileSlice[]> {
  const rows = await ask<{ lower_key: string; upper_key: string }>(
    pool,
    `SELECT lower_key, upper_key FROM import_slices
     WHERE brand_id = $1 AND phase = ANY ($2::text[]) AND done AND lower_key IS NOT NULL AND upper_key IS NOT NULL`,
    [brandId, phases],
  );
  return rows.map((row) => ({
    uri: JSON.parse(row.lower_key) as string,
    version: JSON.parse(row.upper_key) as string,
  }));
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
