/** Undoes a user's migration. */

import { logIdOf } from '../../domain/onboarding/ids.js';
import { textOf } from '../../domain/onboarding/json.js';
import type { UserResult } from '../../domain/onboarding/results.js';
import { MIGRATION_VERSION } from '../../domain/onboarding/session.js';
import type { Transaction } from '../store/sql/transaction.js';
import type { LogMetadata } from './log.js';
import type { SessionRow } from './migrated-user.js';

export interface LegacyState {
  readonly status: string | null;
  readonly step: string | null;
  /** Undefined if nobody knows: it stays. */
  readonly hasCompleted: boolean | null | undefined;
}

/** Nothing else in the row changes. */
export async function restoreUser(
  tx: Transaction,
  userId: string,
  { status, step, hasCompleted }: LegacyState,
): Promise<void> {
  await tx.query(
    `UPDATE users SET onboarding_status = $2, onboarding_step = $3,
       has_completed_onboarding = CASE WHEN $5 THEN $4::boolean ELSE has_completed_onboarding END WHERE id = $1`,
    [userId, status, step, hasCompleted ?? null, hasCompleted !== undefined],
  );
}

/** Removes session, steps and manifests; the workspace's manifests are then active as they were before. */
export async function removeSession(
  tx: Transaction,
  { id, workspaceId }: SessionRow,
  metadata: Partial<LogMetadata> | undefined,
): Promise<void> {
  await tx.query('SELECT FROM workspaces WHERE id = $1 FOR NO KEY UPDATE', [workspaceId]);
  const { rows } = await tx.query<{ isActive: boolean }>(
    'DELETE FROM business_context_manifests WHERE session_id = $1 RETURNING is_active AS "isActive"',
    [id],
  );
  await tx.query('DELETE FROM onboarding_sessions WHERE id = $1', [id]);
  if (!rows.some(({ isActive }) => isActive)) return;
  const before = await standing(tx, metadata?.deactivated ?? []);
  await tx.query(
    `UPDATE business_context_manifests SET is_active = true WHERE id = ANY($1::uuid[]) AND workspace_id = $2
       AND NOT EXISTS (SELECT FROM business_context_manifests WHERE workspace_id = $2 AND is_active)`,
    [before, workspaceId],
  );
}

/** Manifests that still exist. One that was rolled back is replaced by those that it had deactivated. */
async function standing(tx: Transaction, ids: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const seen = new Set<string>();
  for (let open = [...ids]; open.length > 0;) {
    for (const id of open) seen.add(id);
    const { rows } = await tx.query<{ id: string }>(
      'SELECT id::text FROM business_context_manifests WHERE id = ANY($1::uuid[])',
      [open],
    );
    const held = new Set(rows.map(({ id }) => id));
    found.push(...held);
    const gone = open.filter((id) => !held.has(id));
    open = gone.length === 0 ? [] : (await deactivatedBy(tx, gone)).filter((id) => !seen.has(id));
  }
  return found;
}

async function deactivatedBy(tx: Transaction, manifestIds: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `SELECT jsonb_array_elements_text(metadata -> 'deactivated') AS id FROM onboarding_migration_log
     WHERE metadata ->> 'manifest_id' = ANY($1) AND jsonb_typeof(metadata -> 'deactivated') = 'array'`,
    [manifestIds],
  );
  return rows.map(({ id }) => id);
}

/** The user's row must be restored before. */
export async function logRolledBack(
  tx: Transaction,
  migrationId: string,
  startedAt: string,
  result: UserResult,
): Promise<void> {
  await tx.query(
    `INSERT INTO onboarding_migration_log (id, migration_type, migration_version, source_user_id, legacy_onboarding_status, legacy_onboarding_step,
       legacy_has_completed_onboarding, legacy_preferences, status, started_at, completed_at, metadata)
     SELECT $2, 'legacy_to_redis', '${MIGRATION_VERSION}', u.id, u.onboarding_status, u.onboarding_step, u.has_completed_onboarding, u.preferences,
       'rolled_back', $3::timestamptz, clock_timestamp(), $4::jsonb
     FROM users u WHERE u.id = $1`,
    [
      result.user_id,
      logIdOf(migrationId, result.user_id, 'rolled_back'),
      startedAt,
      textOf({ migration_id: migrationId, result }),
    ],
  );
}
