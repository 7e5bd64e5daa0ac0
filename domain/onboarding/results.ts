/** The result of one user in one migration. */

import { type UserFailure, isUserFailure, type SkipReason } from './failures.js';
import type { Session } from './session.js';

export const OUTCOMES = ['migrated', 'failed', 'skipped'] as const;
/** In a rollback, `migrated` counts the users that were rolled back. */
export type Outcome = (typeof OUTCOMES)[number];

/** The result in the API's form. */
export interface UserResult {
  readonly user_id: string;
  readonly success: boolean;
  readonly session_id: string | null;
  readonly workspace_id: string | null;
  readonly legacy_status: string | null;
  /** The session's status. */
  readonly new_status: string | null;
  readonly current_step: number | null;
  readonly completion_percentage: number | null;
  readonly bcm_generated: boolean;
  /** ISO 8601; null for a dry run and a user who is not migrated. */
  readonly migrated_at: string | null;
  readonly error: { readonly type: string; readonly detail: string } | null;
}

const NOTHING = {
  session_id: null,
  workspace_id: null,
  new_status: null,
  current_step: null,
  completion_percentage: null,
  bcm_generated: false,
  migrated_at: null,
} as const;

export function migrated(session: Session, migratedAt: string | null): UserResult {
  return {
    user_id: session.userId,
    success: true,
    session_id: session.sessionId,
    workspace_id: session.workspaceId,
    legacy_status: session.legacyStatus,
    new_status: session.status,
    current_step: session.currentStep,
    completion_percentage: session.percentage,
    bcm_generated: session.status === 'completed',
    migrated_at: migratedAt,
    error: null,
  };
}

const SKIPPED: Readonly<Record<SkipReason, string>> = {
  'no-legacy-status': 'The user has no legacy onboarding status.',
  'already-migrated': 'The user was migrated before.',
};

export function skipped(userId: string, legacyStatus: string | null, reason: SkipReason): UserResult {
  const error = { type: reason, detail: SKIPPED[reason] };
  return { ...NOTHING, user_id: userId, success: false, legacy_status: legacyStatus, error };
}

export function failed(
  userId: string,
  legacyStatus: string | null,
  { type, detail }: UserFailure,
): UserResult {
  return {
    ...NOTHING,
    user_id: userId,
    success: false,
    legacy_status: legacyStatus,
    error: { type, detail },
  };
}

export function outcomeOf({ success, error }: Pick<UserResult, 'success' | 'error'>): Outcome {
  if (success) return 'migrated';
  return error !== null && isUserFailure(error.type) ? 'failed' : 'skipped';
}

/** @param legacyStatus the restored status */
export function rolledBack(
  userId: string,
  {
    sessionId,
    workspaceId,
    legacyStatus,
  }: { sessionId: string; workspaceId: string | null; legacyStatus: string | null },
): UserResult {
  return {
    ...NOTHING,
    user_id: userId,
    success: true,
    session_id: sessionId,
    workspace_id: workspaceId,
    legacy_status: legacyStatus,
    error: null,
  };
}
