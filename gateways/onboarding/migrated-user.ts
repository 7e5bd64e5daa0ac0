/** Everything about one user who was migrated: what the rows say, and what the log says was written. */

import { type Session, mapUser } from '../../domain/onboarding/session.js';
import { sessionIdOf } from '../../domain/onboarding/ids.js';
import { LEGACY_STEPS } from '../../domain/onboarding/steps.js';
import type { Ask } from './database.js';
import { type AnswerColumns, answersIn, answersOf } from './legacy-users.js';
import type { LogMetadata } from './log.js';

export interface UserRow {
  readonly id: string;
  readonly status: string | null;
  readonly version: string;
}

export interface SessionRow {
  readonly id: string;
  readonly sessionId: string;
  readonly workspaceId: string;
  readonly clientName: string | null;
  readonly status: string;
  readonly currentStep: number;
  readonly totalSteps: number;
  /** As PostgreSQL writes the number. */
  readonly percentage: string;
  readonly bcmGenerated: boolean;
  readonly bcmVersion: string | null;
  readonly bcmChecksum: string | null;
  readonly sessionData: string;
  readonly isMigrated: boolean;
  readonly legacyStatus: string | null;
  readonly legacyStep: string | null;
}

export interface StepRow {
  readonly number: number;
  readonly status: string;
  readonly data: string;
}

export interface ManifestRow {
  readonly id: string;
  readonly version: string;
  readonly checksum: string;
  readonly json: string;
  readonly sizeBytes: number;
  readonly tokens: number;
  readonly isActive: boolean;
}

export interface LogRow extends AnswerColumns {
  readonly status: string | null;
  readonly step: string | null;
  readonly hasCompleted: boolean | null;
  readonly metadata: Partial<LogMetadata> | null;
}

export async function readUserRow(ask: Ask, userId: string, lock = ''): Promise<UserRow | undefined> {
  const [row] = await ask<UserRow>(
    `SELECT id::text, onboarding_status AS status, xmin::text AS version FROM users WHERE id = $1 ${lock}`,
    [userId],
  );
  return row;
}

export async function readSession(ask: Ask, userId: string): Promise<SessionRow | undefined> {
  const [row] = await ask<SessionRow>(
    `SELECT id::text, session_id AS "sessionId", workspace_id::text AS "workspaceId", client_name AS "clientName", status, current_step AS "currentStep",
       total_steps AS "totalSteps", completion_percentage::text AS percentage, bcm_generated AS "bcmGenerated", bcm_version AS "bcmVersion",
       bcm_checksum AS "bcmChecksum", session_data::text AS "sessionData", migrated_from_legacy AS "isMigrated",
       legacy_onboarding_status AS "legacyStatus", legacy_onboarding_step AS "legacyStep"
     FROM onboarding_sessions WHERE session_id = $1`,
    [sessionIdOf(userId)],
  );
  return row;
}

export function readSteps(ask: Ask, session: Pick<SessionRow, 'id'>): Promise<StepRow[]> {
  return ask(
    `SELECT step_number AS number, status, coalesce(step_data, '{}')::text AS data FROM onboarding_steps WHERE session_id = $1 ORDER BY step_number`,
    [session.id],
  );
}

export function readManifests(ask: Ask, session: Pick<SessionRow, 'id'>): Promise<ManifestRow[]> {
  return ask(
    `SELECT id::text, version, checksum, manifest_json::text AS json, size_bytes AS "sizeBytes", token_count AS tokens, is_active AS "isActive"
     FROM business_context_manifests WHERE session_id = $1 ORDER BY generated_at`,
    [session.id],
  );
}

/** The log's row of the user's latest migration. */
export async function readMigratedLog(ask: Ask, userId: string): Promise<LogRow | undefined> {
  const [row] = await ask<LogRow>(
    `SELECT l.legacy_onboarding_status AS status, l.legacy_onboarding_step AS step, l.legacy_has_completed_onboarding AS "hasCompleted",
       l.metadata, answers.steps, answers.texts
     FROM onboarding_migration_log l, ${answersOf('l.legacy_preferences')}
     WHERE l.source_user_id = $1 AND l.status = 'completed' ORDER BY l.started_at DESC, l.completed_at DESC LIMIT 1`,
    [userId, LEGACY_STEPS],
  );
  return row;
}

/** The session as the migration wrote it; undefined if the log does not say. */
export function writtenSession(
  userId: string,
  log: LogRow,
  { workspaceId, clientName }: Pick<SessionRow, 'workspaceId' | 'clientName'>,
): Session | undefined {
  const { metadata } = log;
  if (metadata === null || metadata.created_at === undefined || metadata.updated_at === undefined)
    return undefined;
  const mapped = mapUser({
    id: userId,
    email: null,
    fullName: clientName,
    status: log.status,
    step: log.step,
    hasCompleted: log.hasCompleted,
    answers: answersIn(log),
    createdAt: metadata.created_at,
    updatedAt: metadata.updated_at,
    workspaceId,
  });
  return 'session' in mapped ? mapped.session : undefined;
}
