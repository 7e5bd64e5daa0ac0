/** Figures of the product's tables. */

import { LEGACY_STEPS } from '../../domain/onboarding/steps.js';
import { WHITE_SPACE } from '../../domain/onboarding/words.js';
import type { OnboardingDatabase } from './database.js';
import { isoTime } from './legacy-users.js';

export interface Stats {
  readonly total_users: number;
  readonly migrated_users: number;
  readonly failed_users: number;
  readonly legacy_completed_users: number;
  readonly legacy_active_users: number;
  /** In seconds; null if nobody was migrated. */
  readonly avg_completion_time: number | null;
  readonly migration_start_time: string | null;
  readonly migration_end_time: string | null;
  readonly total_migrations: number;
  readonly completed_migrations: number;
  readonly failed_migrations: number;
  readonly rolled_back_users: number;
}

const USERS = `
  SELECT count(*)::int AS total_users,
    count(*) FILTER (WHERE word = 'migrated')::int AS migrated_users,
    count(*) FILTER (WHERE word <> 'migrated' AND (word = 'completed' OR has_completed_onboarding))::int AS legacy_completed_users,
    count(*) FILTER (WHERE word = ANY($2::text[]) AND has_completed_onboarding IS NOT TRUE)::int AS legacy_active_users
  FROM (SELECT nullif(lower(btrim(onboarding_status, $1) COLLATE "C"), '') AS word, has_completed_onboarding FROM users) AS u`;

/** A user's latest row has the user's state. */
const LOG = `
  SELECT count(*) FILTER (WHERE status <> 'rolled_back')::int AS total_migrations,
    count(*) FILTER (WHERE status = 'completed')::int AS completed_migrations,
    count(*) FILTER (WHERE status = 'failed')::int AS failed_migrations,
    avg(extract(epoch FROM completed_at - started_at)) FILTER (WHERE status = 'completed')::float8 AS avg_completion_time,
    ${isoTime('min(started_at)')} AS migration_start_time, ${isoTime('max(completed_at)')} AS migration_end_time,
    count(*) FILTER (WHERE place = 1 AND status = 'failed')::int AS failed_users,
    count(*) FILTER (WHERE place = 1 AND status = 'rolled_back')::int AS rolled_back_users
  FROM (SELECT *, row_number() OVER (PARTITION BY source_user_id ORDER BY started_at DESC, completed_at DESC NULLS LAST) AS place
    FROM onboarding_migration_log) AS l`;

const ACTIVE = ['active', 'in_progress', 'none', ...LEGACY_STEPS];

export async function readStats(database: OnboardingDatabase): Promise<Stats> {
  const [[users], [log]] = await Promise.all([
    database.rows<Stats & object>(USERS, [WHITE_SPACE, ACTIVE]),
    database.rows<Stats & object>(LOG),
  ]);
  return { ...users, ...log } as Stats;
}

export interface UserStatus {
  readonly isKnown: boolean;
  /** JSON texts of the rows; null if there is none. */
  readonly log: string | null;
  readonly session: string | null;
}

export async function readUserStatus(
  database: OnboardingDatabase,
  userId: string,
  sessionId: string,
): Promise<UserStatus> {
  const [row] = await database.rows<UserStatus & object>(
    `SELECT EXISTS (SELECT FROM users WHERE id = $1) AS "isKnown",
       (SELECT to_jsonb(l)::text FROM onboarding_migration_log l WHERE source_user_id = $1
        ORDER BY started_at DESC, completed_at DESC NULLS LAST LIMIT 1) AS log,
       coalesce((SELECT to_jsonb(s)::text FROM onboarding_sessions s WHERE session_id = $2),
         (SELECT to_jsonb(s)::text FROM onboarding_sessions s WHERE user_id = $1 ORDER BY started_at DESC NULLS LAST LIMIT 1)) AS session`,
    [userId, sessionId],
  );
  return row ?? { isKnown: false, log: null, session: null };
}

/** Removes failed rows that are older. Returns how many. */
export async function removeFailedLog(database: OnboardingDatabase, days: number): Promise<number> {
  return database.transaction('clean-up-onboarding-log', async (tx) => {
    const { rowCount } = await tx.query(
      `DELETE FROM onboarding_migration_log WHERE status = 'failed' AND coalesce(completed_at, started_at) < now() - make_interval(days => $1)`,
      [days],
    );
    return rowCount ?? 0;
  });
}
