import type pg from 'pg';
import { ask } from '../sql/ask.js';

export interface StatusCount {
  readonly kind: string;
  readonly status: string;
  readonly count: number;
  /** Included. */
  readonly paused: number;
  readonly started: number;
  /** Included: those whose status document has changed since the given time. */
  readonly changed: number;
}

const COUNTS = `
  SELECT m.kind, m.status, count(*)::int AS count, count(*) FILTER (WHERE m.paused IS NOT NULL)::int AS paused,
    count(*) FILTER (WHERE m.started)::int AS started, count(*) FILTER (WHERE d.changed_at >= $2)::int AS changed
  FROM carryover.migrations m LEFT JOIN carryover.status_documents d USING (kind, subject)
  WHERE m.kind = ANY ($1) GROUP BY m.kind, m.status ORDER BY m.kind, m.status`;

/** The number of migrations in each status. Reads every row, so its result is shared. Throws StoreUnavailable. */
export async function countStatuses(
  pool: Pick<pg.Pool, 'query'>,
  kinds: readonly string[],
  since: Date,
): Promise<StatusCount[]> {
  return ask<StatusCount>(pool, { name: 'status-counts', text: COUNTS, values: [kinds, since] });
}
