import { type Finding, type Pass, SAMPLES } from '../../../domain/engine/verification.js';
import type { Transaction } from '../sql/transaction.js';

/** One unit's turn in a verification. `unitId` is the store's. */
export interface TurnRef {
  readonly verificationId: string;
  readonly unitId: string;
  readonly pass: Pass;
}

/** The columns that identify a turn in the tables of verifications, as the first parameters of a statement. */
export function turnKey({ verificationId, unitId, pass }: TurnRef): [string, string, Pass] {
  return [verificationId, unitId, pass];
}

/** SQL: rows of the turn that `turnKey` identifies. */
export const OF_TURN = 'verification_id = $1 AND unit_id = $2 AND pass = $3';

/** Adds findings to the turn's counts. Of all samples keeps the ten with the smallest ids, so the result does not depend on the order. */
export async function addFindings(
  tx: Transaction,
  turn: TurnRef,
  findings: readonly Finding[],
): Promise<void> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const name = `${finding.table}\n${finding.difference}`;
    const group = groups.get(name);
    if (group) group.push(finding);
    else groups.set(name, [finding]);
  }
  // In a fixed order, so that two lanes do not deadlock.
  for (const [, group] of [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const [first] = group;
    if (!first) continue;
    const samples = group.flatMap(({ id, key, fields }) =>
      id === null && key === null && fields.length === 0 ? [] : [{ id, key, fields }],
    );
    await tx.query(MERGE, [
      ...turnKey(turn),
      first.table,
      first.difference,
      group.reduce((sum, { count }) => sum + (count ?? 1), 0),
      JSON.stringify(samples),
    ]);
  }
}

const SMALLEST = (samples: string) => `(
  SELECT coalesce(jsonb_agg(sample ORDER BY place), '[]') FROM (
    SELECT sample, row_number() OVER (ORDER BY sample ->> 'id' COLLATE "C", sample ->> 'key' COLLATE "C") AS place
    FROM jsonb_array_elements(${samples}) AS each (sample)) placed
  WHERE place <= ${SAMPLES})`;

const MERGE = `
  INSERT INTO carryover.verification_differences AS known
    (verification_id, unit_id, pass, source_table, difference, count, samples)
  VALUES ($1, $2, $3, $4, $5, $6, ${SMALLEST('$7::jsonb')})
  ON CONFLICT (verification_id, unit_id, pass, source_table, difference) DO UPDATE
    SET count = known.count + excluded.count, samples = ${SMALLEST('known.samples || excluded.samples')}`;
