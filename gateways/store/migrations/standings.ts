import { ask } from '../sql/ask.js';
import type { Pool } from '../sql/transaction.js';

export interface MigrationCount {
  readonly kind: string;
  readonly status: string;
  readonly count: number;
}

/** How many migrations of each kind have each status. */
export async function countMigrations(pool: Pool): Promise<readonly MigrationCount[]> {
  return ask<MigrationCount & Record<string, unknown>>(
    pool,
    `SELECT kind, status, count(*)::float8 AS count FROM carryover.migrations GROUP BY kind, status ORDER BY kind, status`,
  );
}

export interface ReadyTimes {
  readonly kind: string;
  /** The number of migrations up to each bound, which grows with the bounds; then of all. */
  readonly upTo: readonly number[];
  readonly sumSeconds: number;
}

/**
 * How long migrations took from their first start until they were ready for their users.
 *
 * @param bounds seconds, in ascending order
 */
export async function readReadyTimes(pool: Pool, bounds: readonly number[]): Promise<readonly ReadyTimes[]> {
  const rows = await ask<{ kind: string; bucket: number; count: number; seconds: number }>(
    pool,
    `SELECT kind, width_bucket(took, $1::float8[]) AS bucket, count(*)::float8 AS count, sum(took)::float8 AS seconds
     FROM (SELECT kind, greatest(0, extract(epoch FROM ready_at - started_at))::float8 AS took
       FROM carryover.migrations WHERE ready_at IS NOT NULL AND started_at IS NOT NULL) AS ready
     GROUP BY kind, bucket ORDER BY kind, bucket`,
    [bounds],
  );
  return [...new Set(rows.map(({ kind }) => kind))].map((kind) => {
    const own = rows.filter((row) => row.kind === kind);
    return {
      kind,
      upTo: [...bounds, Number.POSITIVE_INFINITY].map((_bound, index) =>
        own.filter(({ bucket }) => bucket <= index).reduce((sum, { count }) => sum + count, 0),
      ),
      sumSeconds: own.reduce((sum, { seconds }) => sum + seconds, 0),
    };
  });
}
