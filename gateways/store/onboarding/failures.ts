import type pg from 'pg';
import { ask } from '../sql/ask.js';

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
