/** How far the phases of brands' imports are, as rows. */

import type pg from 'pg';
import { grouped } from '../../../../domain/engine/grouped.js';
import type { CheckedPhase } from '../check/compared.js';
import { IMPORT_PHASES, MESSAGES, THREADS } from '../import/phases.js';
import { HELD_BACK_EXPIRES_SECONDS, type HeldBack } from '../../work/held-back.js';

export interface PhaseFacts {
  readonly phase: string;
  readonly plannedAt: Date;
  readonly completedAt: Date | null;
  /** Everything is read; settling and the check may be outstanding. */
  readonly isRead: boolean;
  readonly threads: Counts;
  readonly messages: Counts;
  /** Attachments of the messages read so far. */
  readonly attachments: number;
  /** Both sides of the comparison; null before the phase is complete. */
  readonly checked: CheckedPhase | null;
  /** Null while writes are not held back. */
  readonly heldBack: HeldBack | null;
}

export interface Counts {
  /** Estimated number; never less than the number read. */
  readonly planned: number;
  /** Bounds on that number; null while unknown. Both equal the number read once everything is read. */
  readonly bounds: { readonly low: number; readonly high: number } | null;
  readonly read: number;
  readonly quarantined: number;
}

/** A slice that has read more than its estimate, and is not done, has no bounds. */
function countColumns(name: string, filter: string): string {
  const sum = (value: string) => `coalesce(sum(${value}) FILTER (WHERE ${filter}), 0)`;
  return `
    ${sum('CASE WHEN done THEN read ELSE greatest(estimate, read) END')} AS ${name}_planned,
    CASE WHEN count(*) FILTER (WHERE ${filter} AND NOT done AND coalesce(estimate_high <= read, true)) = 0
      THEN ${sum('CASE WHEN done THEN read ELSE greatest(estimate_low, read) END')} END AS ${name}_low,
    ${sum('CASE WHEN done THEN read ELSE greatest(estimate_high, read) END')} AS ${name}_high,
    ${sum('read')} AS ${name}_read, ${sum('quarantined')} AS ${name}_quarantined`;
}

/** SQL: the slices of phase `p` with their tallies, and corrections as if they were completed slices. */
const COUNTED = `
  SELECT w.stage, w.done, w.estimate, w.estimate_low, w.estimate_high, w.read, t.quarantined, t.parts
  FROM carryover.work w LEFT JOIN carryover.tallies t ON t.slice_id = w.id
  WHERE (w.unit_id, w.pass, w.run, w.phase) = (p.unit_id, p.pass, p.run, p.phase)
  UNION ALL
  SELECT stage, true, 0, NULL, NULL, read, quarantined, parts FROM carryover.tallies t
  WHERE (t.unit_id, t.pass, t.run, t.phase) = (p.unit_id, p.pass, p.run, p.phase) AND t.slice_id IS NULL`;

/** By the id of the brand's row. */
export async function readPhases(
  pool: pg.Pool,
  brandIds: readonly string[],
): Promise<Map<string, PhaseFacts[]>> {
  const { rows } = await pool.query<Record<string, unknown>>(
    `SELECT p.brand_id, p.phase, p.planned_at, p.completed_at, p.checked, s.*,
       CASE WHEN p.completed_at IS NULL
         AND (p.held_back ->> 'at')::timestamptz > now() - interval '${HELD_BACK_EXPIRES_SECONDS} seconds' THEN p.held_back END AS held_back
     FROM ${IMPORT_PHASES} p CROSS JOIN LATERAL (
       SELECT coalesce(bool_and(done), false) AS is_read,
         ${countColumns('threads', `stage = '${THREADS}'`)},
         ${countColumns('messages', `stage = '${MESSAGES}'`)},
         coalesce(sum(parts), 0) AS attachments
       FROM (${COUNTED}) slices) s
     WHERE p.brand_id = ANY ($1::bigint[]) ORDER BY p.planned_at, p.phase`,
    [brandIds],
  );
  const phases = rows.map((row) => ({
    brand: String(row['brand_id']),
    facts: {
      phase: String(row['phase']),
      plannedAt: row['planned_at'] as Date,
      completedAt: row['completed_at'] as Date | null,
      isRead: row['is_read'] === true,
      threads: countsOf(row, 'threads'),
      messages: countsOf(row, 'messages'),
      attachments: Number(row['attachments']),
      checked: row['checked'] as CheckedPhase | null,
      heldBack: row['held_back'] as HeldBack | null,
    },
  }));
  const byBrand = grouped(phases, ({ brand }) => brand);
  return new Map([...byBrand].map(([brand, some]) => [brand, some.map(({ facts }) => facts)]));
}

function countsOf(row: Record<string, unknown>, what: string): Counts {
  const number = (column: string) => Number(row[`${what}_${column}`]);
  const bounds = row[`${what}_low`] === null ? null : { low: number('low'), high: number('high') };
  const planned = bounds ? Math.min(bounds.high, Math.max(bounds.low, number('planned'))) : number('planned');
  return { planned, bounds, read: number('read'), quarantined: number('quarantined') };
}
