import type pg from 'pg';
import { ask } from '../sql/ask.js';
import type { Pool } from '../sql/transaction.js';

export interface FailedUser {
  readonly migrationId: string;
  readonly userId: string;
  readonly type: string;
  readonly detail: string;
  readonly since: Date;
  /** The number of all that the filter finds. */
  readonly all: number;
}

export interface FailedUserFilter {
  readonly migrationId?: string | undefined;
  /** `{migration}/{user}` of the last one of the previous page. */
  readonly after?: string | undefined;
  readonly since?: Date | undefined;
  readonly limit: number;
}

/** By migration and user. */
export function failedUsers(
  pool: pg.Pool,
  { migrationId, after, since, limit }: FailedUserFilter,
): Promise<FailedUser[]> {
  const [afterMigration = null, afterUser = null] = after?.split('/') ?? [];
  return ask(
    pool,
    `SELECT migration_id AS "migrationId", user_id::text AS "userId", result -> 'error' ->> 'type' AS type,
       result -> 'error' ->> 'detail' AS detail, recorded_at AS since, (count(*) OVER ())::int AS "all"
     FROM carryover.onboarding_results
     WHERE outcome = 'failed' AND ($1::text IS NULL OR migration_id = $1) AND ($4::timestamptz IS NULL OR recorded_at >= $4)
       AND ($2::text IS NULL OR (migration_id, user_id) > ($2, $3::uuid))
     ORDER BY migration_id, user_id LIMIT $5`,
    [migrationId ?? null, afterMigration, afterUser, since ?? null, limit],
  );
}

/** A migration some of whose users have failed. */
export interface FailedUsers {
  readonly migrationId: string;
  readonly failed: number;
  readonly done: number;
  readonly since: Date;
  /** The most frequent type. */
  readonly type: string;
}

/**
 * Migrations that have ended with failed users, and running ones with more than `percent` of their users failed. Dry runs do not count: they change
 * nothing, and the person who requested one reads its result. Throws StoreUnavailable.
 */
export function migrationsWithFailures(pool: Pool, percent: number): Promise<FailedUsers[]> {
  return ask<FailedUsers & object>(
    pool,
    `SELECT r.migration_id AS "migrationId", r.failed_users AS failed, r.migrated_users + r.failed_users + r.skipped_users AS done, f.since, f.type
     FROM carryover.onboarding_requests r CROSS JOIN LATERAL (
       SELECT min(recorded_at) AS since, mode() WITHIN GROUP (ORDER BY result -> 'error' ->> 'type') AS type
       FROM carryover.onboarding_results o WHERE o.migration_id = r.migration_id AND outcome = 'failed') f
     WHERE r.failed_users > 0 AND NOT r.dry_run AND f.since IS NOT NULL
       AND (r.ended_at IS NOT NULL
         OR r.failed_users::bigint * 100 > $1::bigint * (r.migrated_users::bigint + r.failed_users + r.skipped_users))
     ORDER BY r.migration_id`,
    [percent],
  );
}
