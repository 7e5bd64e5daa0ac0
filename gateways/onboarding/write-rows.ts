/** Writes the rows of migrated users: one statement for each table. */

import { type JsonText, objectText, textOf } from '../../domain/onboarding/json.js';
import type { Manifest } from '../../domain/onboarding/manifest.js';
import type { Session } from '../../domain/onboarding/session.js';
import { LAST_REQUIRED, LAST_STEP, STEPS } from '../../domain/onboarding/steps.js';
import type { Transaction } from '../store/sql/transaction.js';

export interface NewRows {
  readonly session: Session;
  readonly manifest: NewManifest | undefined;
}

export interface NewManifest extends Manifest {
  readonly id: string;
  /** The last of several new ones of a workspace. */
  readonly isActive: boolean;
}

/** A list of rows for jsonb_to_recordset, which PostgreSQL reads with every digit. */
export function recordset(rows: readonly Readonly<Record<string, JsonText>>[]): string {
  return `[${rows.map((row) => objectText(Object.entries(row))).join(',')}]`;
}

const SESSIONS = `
  INSERT INTO onboarding_sessions AS held (session_id, user_id, workspace_id, client_name, started_at, updated_at, completed_at, current_step,
    total_steps, completion_percentage, status, bcm_generated, bcm_version, bcm_checksum, bcm_generated_at, bcm_finalized, bcm_finalized_at,
    session_data, migrated_from_legacy, legacy_onboarding_status, legacy_onboarding_step, metadata)
  SELECT s.session_id, u.id, s.workspace_id, s.client_name, u.created_at, u.updated_at, CASE WHEN s.completed = ${LAST_STEP} THEN u.updated_at END,
    s.current_step, ${LAST_STEP}, s.percentage, s.status, s.bcm_version IS NOT NULL, s.bcm_version, s.bcm_checksum,
    CASE WHEN s.bcm_version IS NOT NULL THEN now() END, false, NULL, s.session_data, true, u.onboarding_status, u.onboarding_step, s.metadata
  FROM jsonb_to_recordset($1::jsonb) AS s (session_id text, user_id uuid, workspace_id uuid, client_name text, completed int, current_step int,
    percentage numeric, status text, bcm_version text, bcm_checksum text, session_data jsonb, metadata jsonb)
    JOIN users u ON u.id = s.user_id
  ON CONFLICT (session_id) DO UPDATE SET (user_id, workspace_id, client_name, started_at, updated_at, completed_at, current_step,
      total_steps, completion_percentage, status, bcm_generated, bcm_version, bcm_checksum, bcm_generated_at, bcm_finalized, bcm_finalized_at,
      session_data, migrated_from_legacy, legacy_onboarding_status, legacy_onboarding_step, metadata)
    = (excluded.user_id, excluded.workspace_id, excluded.client_name, excluded.started_at, excluded.updated_at, excluded.completed_at,
      excluded.current_step, excluded.total_steps, excluded.completion_percentage, excluded.status, excluded.bcm_generated, excluded.bcm_version,
      excluded.bcm_checksum, excluded.bcm_generated_at, excluded.bcm_finalized, excluded.bcm_finalized_at, excluded.session_data,
      excluded.migrated_from_legacy, excluded.legacy_onboarding_status, excluded.legacy_onboarding_step, excluded.metadata)`;

/** Steps of a session that was there before are replaced. */
const STEPS_OF = `
  INSERT INTO onboarding_steps AS held (session_id, step_number, step_name, phase_number, status, step_data, started_at, completed_at, updated_at, is_required)
  SELECT o.id, d.number, d.name, d.phase,
    CASE WHEN d.number <= s.completed THEN 'complete' WHEN d.number = s.current_step THEN 'in-progress' ELSE 'pending' END,
    coalesce(s.step_data -> d.number::text, '{}'), CASE WHEN d.number <= s.current_step THEN o.started_at END,
    CASE WHEN d.number <= s.completed THEN o.updated_at END, o.updated_at, d.number <= ${LAST_REQUIRED}
  FROM jsonb_to_recordset($1::jsonb) AS s (session_id text, completed int, current_step int, step_data jsonb)
    JOIN onboarding_sessions o USING (session_id)
    CROSS JOIN unnest($2::int[], $3::text[], $4::int[]) AS d (number, name, phase)
  ON CONFLICT (session_id, step_number) DO UPDATE SET (step_name, phase_number, status, step_data, started_at, completed_at, updated_at, is_required)
    = (excluded.step_name, excluded.phase_number, excluded.status, excluded.step_data, excluded.started_at, excluded.completed_at,
      excluded.updated_at, excluded.is_required)`;

const MANIFESTS = `
  INSERT INTO business_context_manifests (id, workspace_id, session_id, version, checksum, manifest_json, generated_at, generated_by_user_id,
    token_count, size_bytes, is_active)
  SELECT m.id, o.workspace_id, o.id, m.version, m.checksum, m.manifest, now(), o.user_id, m.tokens, m.size_bytes, m.is_active
  FROM jsonb_to_recordset($1::jsonb) AS m (id uuid, session_id text, version text, checksum text, manifest jsonb, tokens int, size_bytes int,
    is_active boolean) JOIN onboarding_sessions o USING (session_id)`;

/** The users' rows must be locked. Throws RefusedData. */
export async function writeRows(tx: Transaction, rows: readonly NewRows[]): Promise<void> {
  const sessions = rows.map(({ session, manifest }) => ({
    session_id: textOf(session.sessionId),
    user_id: textOf(session.userId),
    workspace_id: textOf(session.workspaceId),
    client_name: textOf(session.clientName),
    completed: textOf(session.completed),
    current_step: textOf(session.currentStep),
    percentage: textOf(session.percentage),
    status: textOf(session.status),
    bcm_version: textOf(manifest?.version ?? null),
    bcm_checksum: textOf(manifest?.checksum ?? null),
    session_data: session.sessionData,
    metadata: session.metadata,
  }));
  await tx.query(SESSIONS, [recordset(sessions)]);
  const steps = rows.map(({ session }) => ({
    session_id: textOf(session.sessionId),
    completed: textOf(session.completed),
    current_step: textOf(session.currentStep),
    step_data: objectText([...session.stepData].map(([number, data]) => [String(number), data])),
  }));
  await tx.query(STEPS_OF, [
    recordset(steps),
    STEPS.map(({ number }) => number),
    STEPS.map(({ name }) => name),
    STEPS.map(({ phase }) => phase),
  ]);
  const manifests = rows.flatMap(({ session, manifest: made }) =>
    made === undefined
      ? []
      : [
          {
            id: textOf(made.id),
            session_id: textOf(session.sessionId),
            version: textOf(made.version),
            checksum: textOf(made.checksum),
            manifest: made.json,
            tokens: textOf(made.tokens),
            size_bytes: textOf(made.sizeBytes),
            is_active: textOf(made.isActive),
          },
        ],
  );
  if (manifests.length > 0) await tx.query(MANIFESTS, [recordset(manifests)]);
}

/** Manifests of these sessions from before: the sessions are written anew. */
export async function removeManifests(tx: Transaction, sessionIds: readonly string[]): Promise<void> {
  await tx.query(
    `DELETE FROM business_context_manifests WHERE session_id IN (SELECT id FROM onboarding_sessions WHERE session_id = ANY($1))`,
    [sessionIds],
  );
}
