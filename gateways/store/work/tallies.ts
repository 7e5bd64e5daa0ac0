import { isNothing, withinCounted } from '../../../domain/engine/tally.js';
import type { Tally } from '../../../domain/engine/tally.js';
import { keyOf } from './phase-ref.js';
import type { PhaseRef } from './phase-ref.js';
import type { Transaction } from '../sql/transaction.js';

/** The columns of a tally, in the order of `valuesOf`. */
export const TALLY_COLUMNS = 'read, taken, quarantined, digest, parts, parts_digest';

export function valuesOf({ read, taken, quarantined, digest, parts, partsDigest }: Tally): unknown[] {
  return [read, taken, quarantined, digest, parts, partsDigest];
}

/** Converts a row of TALLY_COLUMNS. */
export function tallyOf(row: Readonly<Record<string, string | undefined>>): Tally {
  return {
    read: Number(row['read'] ?? 0),
    taken: Number(row['taken'] ?? 0),
    quarantined: Number(row['quarantined'] ?? 0),
    digest: BigInt(row['digest'] ?? 0),
    parts: Number(row['parts'] ?? 0),
    partsDigest: BigInt(row['parts_digest'] ?? 0),
  };
}

/** SQL: assignments that add the columns of `by` to those of `to`. */
export function added(to: string, by: string): string {
  return TALLY_COLUMNS.split(', ')
    .map((column) => `${column} = ${to}.${column} + ${by}.${column}`)
    .join(', ');
}

const CORRECT = `
  WITH given (${TALLY_COLUMNS}) AS (
    VALUES ($6::bigint, $7::bigint, $8::bigint, $9::numeric, $10::bigint, $11::numeric)
  ), free AS (
    SELECT id FROM carryover.tallies
    WHERE unit_id = $1 AND pass = $2 AND run = $3 AND phase = $4 AND stage = $5 AND slice_id IS NULL
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
  ), changed AS (
    UPDATE carryover.tallies t SET ${added('t', 'given')} FROM free, given WHERE t.id = free.id RETURNING 1
  )
  INSERT INTO carryover.tallies (unit_id, pass, run, phase, stage, ${TALLY_COLUMNS})
  SELECT $1::bigint, $2::text, $3::bigint, $4::text, $5::text, * FROM given WHERE NOT EXISTS (SELECT FROM changed)`;

const INSERT = `
  INSERT INTO carryover.tallies (unit_id, pass, run, phase, stage, ${TALLY_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;

/** Adds a correction as a row of its own, for transactions whose snapshot may be older than the current row. */
export async function addCorrection(
  tx: Transaction,
  phase: PhaseRef,
  stage: string,
  tally: Tally,
): Promise<void> {
  if (isNothing(tally)) return;
  await tx.query(INSERT, [...keyOf(phase), stage, ...valuesOf(tally)]);
}

/** A stage's tallies of all phases in the run, by phase. */
export async function talliesByPhase(
  tx: Transaction,
  { unitId, pass, run }: Pick<PhaseRef, 'unitId' | 'pass' | 'run'>,
  stage: string,
): Promise<Map<string, Tally>> {
  const { rows } = await tx.query<Record<string, string>>(
    `SELECT p.phase, ${SUMS} FROM carryover.phases p
     LEFT JOIN carryover.tallies t ON (t.unit_id, t.pass, t.run, t.phase) = (p.unit_id, p.pass, p.run, p.phase) AND t.stage = $4
     WHERE p.unit_id = $1 AND p.pass = $2 AND p.run = $3 GROUP BY p.phase`,
    [unitId, pass, run, stage],
  );
  return new Map(rows.map((row) => [row['phase'] ?? '', tallyOf(row)]));
}

const SUMS = TALLY_COLUMNS.split(', ')
  .map((column) => `coalesce(sum(t.${column}), 0) AS ${column}`)
  .join(', ');

/**
 * Corrects a stage's tallies of one run's phases. What a phase has not counted is subtracted from the other one. Nobody else may change these tallies before
 * the transaction ends.
 */
export async function correctTallies(
  tx: Transaction,
  stage: string,
  corrections: readonly (readonly [PhaseRef, Tally])[],
): Promise<void> {
  const byPhase = new Map(corrections.map(([{ phase }, tally]) => [phase, tally]));
  const [of] = corrections.map(([phase]) => phase);
  if (of === undefined) return;
  const isLess = corrections.some(
    ([, { taken, quarantined, parts }]) => Math.min(taken, quarantined, parts) < 0,
  );
  const within = isLess ? withinCounted(byPhase, await talliesByPhase(tx, of, stage)) : byPhase;
  for (const [phase, tally] of within) await correctTally(tx, { ...of, phase }, stage, tally);
}

/**
 * Adds to a stage's tally outside of its slices. Never waits: skips rows that other transactions are changing, so there are as many rows as there
 * were concurrent corrections.
 */
export async function correctTally(
  tx: Transaction,
  phase: PhaseRef,
  stage: string,
  tally: Tally,
): Promise<void> {
  if (isNothing(tally)) return;
  await tx.query(CORRECT, [...keyOf(phase), stage, ...valuesOf(tally)]);
}
