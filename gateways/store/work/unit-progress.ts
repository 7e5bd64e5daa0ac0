import type pg from 'pg';
import type { MigrationRef } from '../../../domain/engine/migration-ref.js';
import { ask } from '../sql/ask.js';

/** A phase of a unit's import, or a unit none of whose phases is planned yet. */
export interface UnitPhase {
  readonly unit: string;
  readonly name: string;
  /** Null before any phase is planned. */
  readonly phase: string | null;
  readonly plannedAt: Date | null;
  readonly completedAt: Date | null;
  /** All slices are read; the check may be left. */
  readonly isRead: boolean;
  readonly done: number;
  readonly planned: number;
  readonly quarantined: number;
}

/** Of a migration's units and their phases. */
const MOST = 5_000;

const UNIT_PHASES = `
  SELECT u.key AS unit, u.name, p.phase, p.planned_at AS "plannedAt", p.completed_at AS "completedAt", s.is_read AS "isRead",
    greatest(0, s.read)::float8 AS done, greatest(0, s.planned)::float8 AS planned, greatest(0, s.quarantined)::float8 AS quarantined
  FROM carryover.migrations m JOIN carryover.units u ON u.migration_id = m.id
  LEFT JOIN carryover.phases p ON p.unit_id = u.id AND p.pass = 'copy'
  CROSS JOIN LATERAL (
    SELECT coalesce(bool_and(done), false) AS is_read, coalesce(sum(read) FILTER (WHERE is_counted), 0) AS read,
      coalesce(sum(CASE WHEN done THEN read ELSE greatest(estimate, read) END) FILTER (WHERE is_counted), 0) AS planned,
      coalesce(sum(quarantined) FILTER (WHERE is_counted), 0) AS quarantined
    FROM (
      SELECT w.done, w.estimate, w.read, t.quarantined, ($3::text IS NULL OR w.stage = $3) AS is_counted
      FROM carryover.work w LEFT JOIN carryover.tallies t ON t.slice_id = w.id
      WHERE (w.unit_id, w.pass, w.run, w.phase) = (p.unit_id, p.pass, p.run, p.phase)
      UNION ALL
      SELECT true, 0, t.read, t.quarantined, ($3::text IS NULL OR t.stage = $3) FROM carryover.tallies t
      WHERE (t.unit_id, t.pass, t.run, t.phase) = (p.unit_id, p.pass, p.run, p.phase) AND t.slice_id IS NULL) slices) s
  WHERE m.kind = $1 AND m.subject = $2
  ORDER BY u.id, p.planned_at LIMIT ${MOST}`;

/**
 * Reads the progress of each phase of each unit, in the order in which units were added.
 * @param stage the stage whose records count; null counts all
 */
export async function readUnitPhases(
  pool: Pick<pg.Pool, 'query'>,
  { kind, subject }: MigrationRef,
  stage: string | null,
): Promise<UnitPhase[]> {
  return ask<UnitPhase>(pool, { name: 'unit-phases', text: UNIT_PHASES, values: [kind, subject, stage] });
}
