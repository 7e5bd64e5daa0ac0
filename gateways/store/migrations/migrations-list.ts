import type pg from 'pg';
import type { AccountStatus } from '../../../domain/conversations/statuses.js';
import { ask } from '../sql/ask.js';
import { type Steered, readAccountMigration } from '../conversations/status/migration-columns.js';

/** Where a page ends: the next begins behind it. */
export interface MigrationPosition {
  /** To the microsecond, UTC, as PostgreSQL reads it. */
  readonly changedAt: string;
  readonly key: string;
}

export interface ListedMigration extends MigrationPosition {
  readonly name: string;
  readonly status: AccountStatus;
  readonly startedAt: string | null;
  readonly paused: Steered | null;
  readonly cancelled: Steered | null;
}

/**
 * Accounts that Carryover has met, the one whose statuses changed latest first. An account that changes while pages are
 * being read moves to the front; every other one is on exactly one page. Throws StoreUnavailable.
 */
export async function listMigrations(
  pool: pg.Pool,
  filter: {
    readonly status?: AccountStatus | undefined;
    /** Part of the id or of the name, in any case. */
    readonly q?: string | undefined;
    readonly after?: MigrationPosition | undefined;
    readonly limit: number;
  },
): Promise<ListedMigration[]> {
  const rows = await ask<{
    subject: string;
    changed_at: string;
    name: string;
    migration: unknown;
  }>(
    pool,
    `SELECT d.subject, a.name, a.migration,
         to_char(d.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS changed_at
       FROM carryover.status_documents d JOIN accounts a ON a.source_id = d.subject
       WHERE d.kind = 'conversations' AND ($1::text IS NULL OR a.migration ->> 'status' = $1)
         AND ($5::text IS NULL OR strpos(lower(a.source_id), lower($5)) > 0 OR strpos(lower(a.name), lower($5)) > 0)
         AND ($2::timestamptz IS NULL OR (d.changed_at, d.subject) < ($2, $3::text))
       ORDER BY d.changed_at DESC, d.subject DESC LIMIT $4`,
    [
      filter.status ?? null,
      filter.after?.changedAt ?? null,
      filter.after?.key ?? null,
      filter.limit,
      filter.q ?? null,
    ],
  );
  return rows.map((row) => {
    const migration = readAccountMigration(row.migration);
    return {
      key: row.subject,
      name: row.name,
      status: migration?.status ?? 'none',
      changedAt: row.changed_at,
      startedAt: migration?.startedAt ?? null,
      paused: migration?.paused ?? null,
      cancelled: migration?.cancelled ?? null,
    };
  });
}
