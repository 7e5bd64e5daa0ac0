import type { Tally } from '../../../domain/engine/tally.js';
import { keyOf, OF_PHASE } from './phase-ref.js';
import type { PhaseRef } from './phase-ref.js';
import { makePhase } from './plans.js';
import { addSlices } from './slices.js';
import type { NewSlice } from './slices.js';
import { addCorrection } from './tallies.js';
import { ask } from '../sql/ask.js';
import type { Pool, Transaction } from '../sql/transaction.js';

/** A file as a slice knows it. Another version of the file is another slice. */
export interface FileSlice {
  readonly uri: string;
  readonly version: string;
}

/** The slice that reads a file, with an estimate of its records. */
export function sliceOfFile(
  stage: string,
  { uri, version }: FileSlice,
  guess: Pick<NewSlice, 'estimate' | 'bounds'>,
): NewSlice {
  return { stage, lower: JSON.stringify(uri), upper: JSON.stringify(version), ...guess };
}

/** SQL: slices whose file is still current. */
const CURRENT = 'lower_key IS NOT NULL AND upper_key IS NOT NULL';

/** The workflow run that last planned the phase; undefined without one. */
export async function plannedBy(pool: Pool, phase: PhaseRef): Promise<string | undefined> {
  const [row] = await ask<{ planned_by: string | null }>(
    pool,
    `SELECT planned_by FROM carryover.phases WHERE ${OF_PHASE}`,
    keyOf(phase),
  );
  return row?.planned_by ?? undefined;
}

/**
 * Creates the phase, or updates it to the wanted files, once for each workflow run. Slices of removed or changed files are closed and keep their
 * tallies; new or changed files get a slice. A completed phase does not change: the next phase reads files added since. Returns whether the phase is
 * new.
 */
export async function planFilesOf(
  tx: Transaction,
  phase: PhaseRef,
  run: string,
  wanted: readonly NewSlice[],
): Promise<boolean> {
  const isNew = await makePhase(tx, phase);
  const open = await tx.query(
    `UPDATE carryover.phases SET planned_by = $5 WHERE ${OF_PHASE} AND completed_at IS NULL AND planned_by IS DISTINCT FROM $5`,
    [...keyOf(phase), run],
  );
  if (open.rowCount === 1) await compare(tx, phase, wanted);
  return isNew;
}

/**
 * Marks the files of a stage as read which the earlier phase has read in the same version, and counts `tally` for them. Not idempotent: for the
 * transaction that creates the phase.
 */
export async function countAsRead(
  tx: Transaction,
  phase: PhaseRef,
  { earlier, stage, tally }: { readonly earlier: string; readonly stage: string; readonly tally: Tally },
): Promise<void> {
  await tx.query(
    `UPDATE carryover.work w SET done = true, estimate = e.estimate, batches = e.batches, read = e.read
     FROM carryover.work e
     WHERE (w.unit_id, w.pass, w.run, w.phase) = ($1, $2, $3, $4) AND w.stage = $5 AND e.done
       AND (e.unit_id, e.pass, e.run, e.phase, e.stage) = (w.unit_id, w.pass, w.run, $6, w.stage)
       AND (e.lower_key, e.upper_key) = (w.lower_key, w.upper_key)`,
    [...keyOf(phase), stage, earlier],
  );
  await addCorrection(tx, phase, stage, tally);
}

/** Makes the next plan of each phase of this run of the pass read all files again. Tallies stay. */
export async function readFilesAgain(
  tx: Transaction,
  { unitId, pass, run }: Pick<PhaseRef, 'unitId' | 'pass' | 'run'>,
): Promise<void> {
  const values = [unitId, pass, run];
  await close(
    tx,
    `SELECT id FROM carryover.work WHERE unit_id = $1 AND pass = $2 AND run = $3 AND ${CURRENT}`,
    values,
  );
  await tx.query(
    'UPDATE carryover.phases SET planned_by = NULL WHERE unit_id = $1 AND pass = $2 AND run = $3',
    values,
  );
}

/** The files that these phases have read completely, in the versions that were read. */
export async function filesRead(
  pool: Pool,
  { unitId, pass, run }: Pick<PhaseRef, 'unitId' | 'pass' | 'run'>,
  phases: readonly string[],
): Promise<FileSlice[]> {
  const rows = await ask<{ lower_key: string; upper_key: string }>(
    pool,
    `SELECT lower_key, upper_key FROM carryover.work
     WHERE unit_id = $1 AND pass = $2 AND run = $3 AND phase = ANY ($4::text[]) AND done AND ${CURRENT}`,
    [unitId, pass, run, phases],
  );
  return rows.map((row) => ({
    uri: JSON.parse(row.lower_key) as string,
    version: JSON.parse(row.upper_key) as string,
  }));
}

/** Increases the lease, so that a lane that is still reading commits nothing more. */
async function close(tx: Transaction, ids: string, values: unknown[]): Promise<void> {
  await tx.query(
    `UPDATE carryover.work SET done = true, upper_key = NULL, cursor = NULL, lease = lease + 1, leased_by = NULL, leased_until = NULL
     WHERE id IN (${ids})`,
    values,
  );
}

async function compare(tx: Transaction, phase: PhaseRef, wanted: readonly NewSlice[]): Promise<void> {
  const { rows } = await tx.query<Record<string, string>>(
    `SELECT id, stage, lower_key, upper_key FROM carryover.work WHERE ${OF_PHASE} AND ${CURRENT} FOR UPDATE`,
    keyOf(phase),
  );
  const known = new Map(
    rows.map((row) => [nameOf(row['stage'], row['lower_key'], row['upper_key']), row['id']]),
  );
  const names = new Set(wanted.map(({ stage, lower, upper }) => nameOf(stage, lower, upper)));
  const gone = [...known].filter(([name]) => !names.has(name)).map(([, id]) => id);
  await close(tx, 'SELECT unnest($1::bigint[])', [gone]);
  await addSlices(
    tx,
    phase,
    wanted.filter(({ stage, lower, upper }) => !known.has(nameOf(stage, lower, upper))),
  );
}

function nameOf(...parts: readonly (string | null | undefined)[]): string {
  return parts.join('\n');
}
