import { type Finding, SAMPLES, type Pass } from '../../../../domain/engine/verification.js';
import { DIGEST_VERSION } from '../../../../domain/conversations/records/digest.js';
import type { Tally } from '../../../../domain/engine/tally.js';
import type { PhaseRef } from '../../work/phase-ref.js';
import { removeRun } from '../../work/plans.js';
import { ask } from '../../sql/ask.js';
import type { Pool, Transaction } from '../../sql/transaction.js';

/** One brand's turn in a verification; `brandId` and `unitId` are the store's. */
export interface Turn {
  readonly verificationId: string;
  readonly brandId: string;
  readonly unitId: string;
  readonly pass: Pass;
  /** What is missing or different is imported again. */
  readonly repair: boolean;
}

/** The columns by which the tables of verifications name a turn, as the first parameters of a statement. */
export function turnKey({ verificationId, unitId, pass }: Turn): [string, string, Pass] {
  return [verificationId, unitId, pass];
}

/** SQL: rows of the turn that `turnKey` names. */
export const OF_TURN = 'verification_id = $1 AND unit_id = $2 AND pass = $3';

/** Whatever the import's phases have read is one phase of a turn. */
export function phaseOfTurn({ verificationId, unitId, repair }: Turn): PhaseRef {
  const pass = repair ? 'repair' : 'verify';
  return { unitId, pass, run: verificationId, phase: 'all', digestVersion: DIGEST_VERSION };
}

/**
 * What the source has shown: the row of a message, quarantined record, superseded copy or thread source.
 * `counts`: of these threads they follow from something that is named already. `misplaced`: a source thread that is in
 * a wrong thread. `lost`: an attachment of a message that is missing. `shown`: a thread that is not held here. `moved-…`: for the brand that holds
 * it, what another brand has shown.
 */
export type MarkKind =
  | 'message'
  | 'quarantined'
  | 'superseded'
  | 'thread'
  | 'counts'
  | 'misplaced'
  | 'lost'
  | 'shown'
  | 'moved-thread'
  | 'moved-message'
  | 'moved-quarantined'
  | 'moved-superseded';

export interface Mark {
  readonly kind: MarkKind;
  readonly key: string;
  /** The store's id of another brand, for whose turn it is; left out, this one. */
  readonly brandId?: string;
  /** What the record that shows it has added to the sums. */
  counted?: Tally;
}

/** What of a brand is compared: what the phases of its import have read. `recent`: recent messages, and the threads that they need. */
export type TurnPart = 'recent' | 'all';

export interface TurnState {
  readonly imported: boolean;
  readonly part: TurnPart;
  readonly ended: boolean;
}

/**
 * Begins the turn unless it has begun. A brand whose import has not read all that it has planned has nothing to compare; what it has
 * planned is the range that is compared.
 */
export async function beginTurn(pool: Pool, turn: Turn): Promise<TurnState> {
  const values = turnKey(turn);
  await ask(
    pool,
    `INSERT INTO carryover.verification_units (verification_id, unit_id, pass, imported, part)
     SELECT $1, $2, $3, coalesce(bool_and(done), false),
       CASE WHEN EXISTS (SELECT FROM carryover.phases WHERE unit_id = $2 AND pass = 'copy' AND phase = 'remaining')
         THEN 'all' ELSE 'recent' END
     FROM carryover.work WHERE unit_id = $2 AND pass = 'copy'
     ON CONFLICT DO NOTHING`,
    values,
  );
  const [row] = await ask<{ imported: boolean; part: TurnPart; ended: boolean }>(
    pool,
    `SELECT imported, part, ended_at IS NOT NULL AS ended FROM carryover.verification_units WHERE ${OF_TURN}`,
    values,
  );
  return row ?? { imported: false, part: 'all', ended: true };
}

/** Since when records may have come that the import could not see: the moment in which it began to read. */
export async function importBegan(pool: Pool, unitId: string): Promise<Date | undefined> {
  const [row] = await ask<{ planned_at: Date | null }>(
    pool,
    `SELECT min(planned_at) AS planned_at FROM carryover.phases WHERE unit_id = $1 AND pass = 'copy'`,
    [unitId],
  );
  return row?.planned_at ?? undefined;
}

/** Answers what was counted for marks that were there already: a dump may show a record twice. */
export async function addMarks(tx: Transaction, turn: Turn, marks: readonly Mark[]): Promise<Tally[]> {
  if (marks.length === 0) return [];
  type Name = Pick<Mark, 'kind' | 'key' | 'brandId'>;
  const { rows } = await tx.query<Name>(
    `INSERT INTO carryover.verification_marks (verification_id, brand_id, kind, row_key)
     SELECT $1, brand_id, kind, row_key FROM unnest($2::bigint[], $3::text[], $4::text[]) AS k (brand_id, kind, row_key)
     ON CONFLICT DO NOTHING RETURNING kind, row_key AS key, brand_id AS "brandId"`,
    [
      turn.verificationId,
      marks.map(({ brandId }) => brandId ?? turn.brandId),
      marks.map(({ kind }) => kind),
      marks.map(({ key }) => key),
    ],
  );
  if (rows.length === marks.length) return [];
  const nameOf = ({ kind, key, brandId = turn.brandId }: Name) => `${brandId}\n${kind}\n${key}`;
  const fresh = new Set(rows.map(nameOf));
  // Of several in this page the first is the fresh one.
  return marks.flatMap((mark) => (fresh.delete(nameOf(mark)) || !mark.counted ? [] : [mark.counted]));
}

/** Adds to the turn's counts, and keeps of all samples the ten with the smallest ids: the same whoever found them first. */
export async function addFindings(tx: Transaction, turn: Turn, findings: readonly Finding[]): Promise<void> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const name = `${finding.table}\n${finding.difference}`;
    const group = groups.get(name);
    if (group) group.push(finding);
    else groups.set(name, [finding]);
  }
  // In one order for all, so that two lanes do not wait for each other.
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

/** What only the turn needed: its slices and marks. */
export async function clearTurn(tx: Transaction, turn: Turn): Promise<void> {
  await removeRun(tx, phaseOfTurn(turn));
  await tx.query('DELETE FROM carryover.verification_marks WHERE verification_id = $1 AND brand_id = $2', [
    turn.verificationId,
    turn.brandId,
  ]);
}
