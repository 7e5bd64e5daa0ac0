/** The phases being imported now, over all migrations of all kinds, from the engine's own tables. */

import type pg from 'pg';
import { ask } from '../sql/ask.js';
import { IS_HALTED } from '../migrations/migrations.js';

export interface OpenPhase {
  readonly kind: string;
  readonly subject: string;
  readonly unit: string;
  readonly phase: string;
  readonly read: number;
  /** Bounds of the number of records; null while unknown. */
  readonly low: number | null;
  readonly high: number | null;
  /** Seconds since it was planned. */
  readonly age: number;
  /** Seconds since something was read; null before that. */
  readonly idle: number | null;
  /** The number of the migration's units, and of those of their phases that are planned. */
  readonly units: number;
  readonly phases: number;
}

/** A kind's statuses while it imports, and the stage whose records count; null counts all. */
export interface ImportingKind {
  readonly kind: string;
  readonly statuses: readonly string[];
  readonly stage: string | null;
}

/** More than this is never read. */
const MOST = 20_000;

const OPEN_PHASES = `
  SELECT m.kind, m.subject, u.key AS unit, p.phase, coalesce(s.read, 0)::float8 AS read, s.low::float8 AS low, s.high::float8 AS high,
    extract(epoch FROM clock_timestamp() - p.planned_at)::float8 AS age, extract(epoch FROM clock_timestamp() - s.updated_at)::float8 AS idle,
    (SELECT count(*) FROM carryover.units x WHERE x.migration_id = m.id)::int AS units,
    (SELECT count(*) FROM carryover.units x JOIN carryover.phases y ON y.unit_id = x.id AND y.pass = 'copy'
      WHERE x.migration_id = m.id)::int AS phases
  FROM carryover.phases p JOIN carryover.units u ON u.id = p.unit_id JOIN carryover.migrations m ON m.id = u.migration_id
  JOIN jsonb_to_recordset($1::jsonb) AS k (kind text, statuses jsonb, stage text) ON k.kind = m.kind AND k.statuses ? m.status
  CROSS JOIN LATERAL (
    SELECT sum(read) AS read,
      CASE WHEN count(*) FILTER (WHERE NOT done AND coalesce(estimate_high <= read, true)) = 0
        THEN sum(CASE WHEN done THEN read ELSE greatest(estimate_low, read) END) END AS low,
      CASE WHEN count(*) FILTER (WHERE NOT done AND coalesce(estimate_high <= read, true)) = 0
        THEN sum(CASE WHEN done THEN read ELSE greatest(estimate_high, read) END) END AS high,
      max(updated_at) FILTER (WHERE read > 0) AS updated_at
    FROM carryover.work w
    WHERE (w.unit_id, w.pass, w.run, w.phase) = (p.unit_id, p.pass, p.run, p.phase) AND (k.stage IS NULL OR w.stage = k.stage)) s
  WHERE p.completed_at IS NULL AND p.pass = 'copy' AND NOT ${IS_HALTED}
  LIMIT ${MOST}`;

/** The open phases of migrations that are neither paused nor cancelled. Throws StoreUnavailable. */
export async function readOpenPhases(
  pool: Pick<pg.Pool, 'query'>,
  kinds: readonly ImportingKind[],
): Promise<OpenPhase[]> {
  return ask<OpenPhase>(pool, { name: 'open-phases', text: OPEN_PHASES, values: [JSON.stringify(kinds)] });
}
