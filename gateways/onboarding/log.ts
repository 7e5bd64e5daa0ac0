/** The product's log of migrations: one row for each attempt that ended. */

import { logIdOf } from '../../domain/onboarding/ids.js';
import { textOf } from '../../domain/onboarding/json.js';
import type { UserResult } from '../../domain/onboarding/results.js';
import { MIGRATION_VERSION } from '../../domain/onboarding/session.js';
import type { Transaction } from '../store/sql/transaction.js';
import type { OnboardingDatabase } from './database.js';
import type { Ask } from './database.js';
import { recordset } from './write-rows.js';

/** What the log keeps of a migrated user beside its columns, so that the user can be validated and rolled back. */
export interface LogMetadata {
  readonly migration_id: string;
  /** `created_at` and `updated_at` of the user, as they stood. */
  readonly created_at: string | null;
  readonly updated_at: string | null;
  readonly manifest_id: string | null;
  /** The workspace's manifests that were active before. */
  readonly deactivated: readonly string[];
  readonly result: UserResult;
}

export interface MigratedEntry {
  readonly userId: string;
  readonly sessionId: string;
  readonly metadata: LogMetadata;
}

const COLUMNS = `id, migration_type, migration_version, source_user_id, target_session_id, legacy_onboarding_status, legacy_onboarding_step,
    legacy_has_completed_onboarding, legacy_preferences, status, error_message, started_at, completed_at, metadata`;
const LEGACY = `u.onboarding_status, u.onboarding_step, u.has_completed_onboarding, u.preferences`;
const TYPE = `'legacy_to_redis', '${MIGRATION_VERSION}'`;

/** The users' rows must be locked, and not changed yet. @param startedAt ISO 8601 */
export async function logMigrated(
  tx: Transaction,
  migrationId: string,
  startedAt: string,
  entries: readonly MigratedEntry[],
): Promise<void> {
  const rows = entries.map(({ userId, sessionId, metadata }) => ({
    id: textOf(logIdOf(migrationId, userId, 'completed')),
    user_id: textOf(userId),
    session_id: textOf(sessionId),
    metadata: textOf(metadata),
  }));
  await tx.query(
    `INSERT INTO onboarding_migration_log (${COLUMNS})
     SELECT l.id, ${TYPE}, u.id, o.id, ${LEGACY}, 'completed', NULL, $2::timestamptz, clock_timestamp(), l.metadata
     FROM jsonb_to_recordset($1::jsonb) AS l (id uuid, user_id uuid, session_id text, metadata jsonb)
       JOIN users u ON u.id = l.user_id JOIN onboarding_sessions o ON o.session_id = l.session_id`,
    [recordset(rows), startedAt],
  );
}

export interface FailedEntry {
  readonly userId: string;
  /** The row's version as it was read, if it must be the same: a user that somebody else has migrated since has not failed. */
  readonly version: string | null;
  readonly message: string;
}

/** One row for each user, however often the batch is repeated. */
export async function logFailed(
  tx: Transaction,
  migrationId: string,
  startedAt: string,
  entries: readonly FailedEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map(({ userId, version, message }) => ({
    id: textOf(logIdOf(migrationId, userId, 'failed')),
    user_id: textOf(userId),
    version: textOf(version),
    message: textOf(message),
  }));
  await tx.query(
    `INSERT INTO onboarding_migration_log (${COLUMNS})
     SELECT l.id, ${TYPE}, u.id, NULL, ${LEGACY}, 'failed', l.message, $2::timestamptz, clock_timestamp(), $3::jsonb
     FROM jsonb_to_recordset($1::jsonb) AS l (id uuid, user_id uuid, version text, message text)
       JOIN users u ON u.id = l.user_id AND (l.version IS NULL OR u.xmin::text = l.version)
     ON CONFLICT (id) DO UPDATE SET error_message = excluded.error_message, completed_at = excluded.completed_at`,
    [recordset(rows), startedAt, textOf({ migration_id: migrationId })],
  );
}

/** The results of users that this migration has moved already, by user: an earlier attempt may have been cut off after its commit. */
export async function ownResults(
  ask: Ask,
  migrationId: string,
  userIds: readonly string[],
  outcome: 'completed' | 'rolled_back',
): Promise<Map<string, UserResult>> {
  const rows = await ask<{ user: string; result: UserResult }>(
    `SELECT source_user_id::text AS user, metadata -> 'result' AS result FROM onboarding_migration_log WHERE id = ANY($1::uuid[])`,
    [userIds.map((id) => logIdOf(migrationId, id, outcome))],
  );
  return new Map(rows.map(({ user, result }) => [user, result]));
}

/** How many users this migration has moved, as their rows of the log say. */
export async function countOwn(
  database: OnboardingDatabase,
  migrationId: string,
  outcome: 'completed' | 'rolled_back',
): Promise<number> {
  const [row] = await database.rows<{ count: number }>(
    `SELECT count(*)::int AS count FROM onboarding_migration_log WHERE ${OWN}`,
    [migrationId, outcome],
  );
  return row?.count ?? 0;
}

/** The next results of users whom this migration has moved, by user. */
export async function ownAfter(
  database: OnboardingDatabase,
  migrationId: string,
  outcome: 'completed' | 'rolled_back',
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<UserResult[]> {
  const rows = await database.rows<{ result: UserResult }>(
    `SELECT metadata -> 'result' AS result FROM onboarding_migration_log
     WHERE ${OWN} AND ($3::uuid IS NULL OR source_user_id > $3) ORDER BY source_user_id LIMIT $4`,
    [migrationId, outcome, after, limit],
  );
  return rows.map(({ result }) => result);
}

const OWN = `metadata ->> 'migration_id' = $1 AND status = $2`;
