import type pg from 'pg';
import type { Failure } from '../../../domain/engine/failures/failures.js';
import type { MigrationRef } from '../../../domain/engine/migration-ref.js';
import type {
  ComparedTable,
  Difference,
  Pass,
  Sample,
  VerificationState,
} from '../../../domain/engine/verification.js';
import { ask } from '../sql/ask.js';

/** `Compared` is the kind's form of both sides. */
export interface VerificationFacts<Compared> {
  readonly state: VerificationState;
  readonly repair: boolean;
  readonly askedBy: string;
  readonly askedAt: Date;
  readonly endedAt: Date | null;
  readonly failure: Failure | null;
  readonly turns: readonly TurnFacts<Compared>[];
}

export interface TurnFacts<Compared> {
  /** The unit's key. */
  readonly unit: string;
  readonly beganAt: Date;
  readonly pass: Pass;
  readonly imported: boolean;
  readonly endedAt: Date | null;
  /** Records compared so far, and the number that the import has read; null once the turn has ended. */
  readonly progress: { readonly read: number; readonly planned: number } | null;
  readonly compared: Compared | null;
  readonly differences: readonly {
    readonly table: ComparedTable;
    readonly difference: Difference;
    readonly count: number;
    readonly samples: readonly Sample[];
  }[];
}

export interface Verifications<Compared> {
  readonly latest: VerificationFacts<Compared>;
  /** The latest earlier one that found differences, unless a later one found everything equal. */
  readonly unequal: VerificationFacts<Compared> | undefined;
}

/** What the copy of a unit has read in a stage of a phase. */
export interface CopiedStage {
  readonly phase: string;
  readonly stage: string;
  readonly read: number;
}

const LATEST = `
  SELECT v.*, lead(v.id) OVER (ORDER BY v.id) IS NULL AS latest FROM carryover.verifications v
  WHERE v.kind = $1 AND v.subject = $2 AND (
    v.id = (SELECT max(l.id) FROM carryover.verifications l WHERE l.kind = $1 AND l.subject = $2)
    OR v.id = (SELECT max(u.id) FROM carryover.verifications u WHERE u.kind = $1 AND u.subject = $2 AND u.state = 'unequal' AND NOT EXISTS (
      SELECT FROM carryover.verifications e WHERE e.kind = $1 AND e.subject = $2 AND e.id > u.id AND e.state = 'equal')))`;

/**
 * The migration's relevant verifications; undefined before the first. `planned` computes how many records a turn will compare from what the copy has
 * read, because a kind's phases may read a record twice. Turns are in the order of `units`, followed by those of others.
 */
export async function readVerifications<Compared>(
  pool: pg.Pool,
  { kind, subject }: MigrationRef,
  planned: (copied: readonly CopiedStage[]) => number,
  units: readonly string[] = [],
): Promise<Verifications<Compared> | undefined> {
  const rows = await ask<Record<string, unknown>>(pool, LATEST, [kind, subject]);
  const facts = await Promise.all(
    rows.map(async (row) => ({
      isLatest: row['latest'] === true,
      state: row['state'] as VerificationState,
      repair: row['repair'] as boolean,
      askedBy: String(row['asked_by']),
      askedAt: row['asked_at'] as Date,
      endedAt: row['ended_at'] as Date | null,
      failure: row['failure'] as Failure | null,
      turns: await readTurns<Compared>(pool, String(row['id']), planned, units),
    })),
  );
  const latest = facts.find(({ isLatest }) => isLatest);
  return latest && { latest, unequal: facts.find(({ isLatest }) => !isLatest) };
}

/** `$1` verification, `$2` keys of units in the requested order. */
const TURNS = `
  SELECT u.key AS unit, t.pass, t.imported, t.began_at, t.ended_at, t.compared,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('table', d.source_table, 'difference', d.difference, 'count', d.count,
       'samples', d.samples) ORDER BY d.source_table, d.difference), '[]')
     FROM carryover.verification_differences d
     WHERE (d.verification_id, d.unit_id, d.pass) = (t.verification_id, t.unit_id, t.pass)) AS differences,
    (SELECT coalesce(sum(read), 0)::float8 FROM carryover.tallies
     WHERE unit_id = t.unit_id AND run = t.verification_id
       AND pass = CASE WHEN v.repair AND t.pass = 1 THEN 'repair' ELSE 'verify' END) AS read,
    (SELECT coalesce(jsonb_agg(s), '[]') FROM (
       SELECT phase, stage, sum(read)::float8 AS read FROM carryover.tallies
       WHERE unit_id = t.unit_id AND pass = 'copy' GROUP BY phase, stage) s) AS copied
  FROM carryover.verification_units t JOIN carryover.units u ON u.id = t.unit_id
    JOIN carryover.verifications v ON v.id = t.verification_id
  WHERE t.verification_id = $1 ORDER BY array_position($2::text[], u.key), u.id, t.pass`;

async function readTurns<Compared>(
  pool: pg.Pool,
  verificationId: string,
  planned: (copied: readonly CopiedStage[]) => number,
  units: readonly string[],
): Promise<TurnFacts<Compared>[]> {
  const rows = await ask<Record<string, unknown>>(pool, TURNS, [verificationId, units]);
  return rows.map((row) => ({
    unit: String(row['unit']),
    beganAt: row['began_at'] as Date,
    pass: row['pass'] as Pass,
    imported: row['imported'] as boolean,
    endedAt: row['ended_at'] as Date | null,
    progress:
      row['ended_at'] === null
        ? { read: Number(row['read']), planned: planned(row['copied'] as CopiedStage[]) }
        : null,
    compared: row['compared'] as Compared | null,
    differences: row['differences'] as TurnFacts<Compared>['differences'],
  }));
}
