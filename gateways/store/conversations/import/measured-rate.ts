import type { MeasuredRate } from '../../../../domain/conversations/preflight/estimates.js';
import { ask } from '../../sql/ask.js';
import type { Pool } from '../../sql/transaction.js';
import { MESSAGES } from './phases.js';

/** Smaller phases spend most of their time in preparation, so they have no meaningful rate. */
const LEAST_MESSAGES = 20_000;
const LATEST = 50;

const RATES = `
  SELECT percentile_cont(0.2) WITHIN GROUP (ORDER BY rate) AS "from", percentile_cont(0.8) WITHIN GROUP (ORDER BY rate) AS "to",
    count(*)::int AS brands
  FROM (
    SELECT t.read / greatest(0.001, extract(epoch FROM p.completed_at - p.planned_at)) AS rate
    FROM (SELECT * FROM carryover.phases WHERE pass = 'copy' AND completed_at IS NOT NULL ORDER BY completed_at DESC LIMIT 1000) p
    CROSS JOIN LATERAL (
      SELECT sum(read)::float8 AS read FROM carryover.tallies t
      WHERE (t.unit_id, t.pass, t.run, t.phase) = (p.unit_id, p.pass, p.run, p.phase) AND t.stage = $1) t
    WHERE t.read >= $2 ORDER BY p.completed_at DESC LIMIT ${LATEST}) rates`;

/** How fast the latest large brands were migrated here, from their plan to their end; null if none was. Throws StoreUnavailable. */
export async function measuredRate(pool: Pool): Promise<MeasuredRate> {
  const [row] = await ask<{ from: number | null; to: number | null; brands: number }>(pool, RATES, [
    MESSAGES,
    LEAST_MESSAGES,
  ]);
  if (row === undefined || row.from === null || row.to === null || row.from <= 0) return null;
  return { from: row.from, to: row.to, brands: row.brands };
}
