/** Why a user is not migrated. Other users are not affected. */

/** Nothing to do: counted as skipped. */
export type SkipReason = 'no-legacy-status' | 'already-migrated';

export const USER_FAILURES = {
  NoSuchUser: 'Check the id.',
  UnknownLegacyStatus: 'Correct users.onboarding_status, then migrate the user again.',
  UnknownLegacyStep: 'Correct users.onboarding_step, then migrate the user again.',
  NoWorkspace: 'Give the user a workspace, then migrate the user again.',
  UnusableTime: 'Correct users.created_at or users.updated_at, then migrate the user again.',
  UncanonicalAnswers: 'Correct the answers in users.preferences, then migrate the user again.',
  RefusedByDatabase: 'Correct the data that PostgreSQL refuses, then migrate the user again.',
  KeepsChanging: 'Nothing is wrong: migrate the user again when the row changes less often.',
  NotMigrated: 'There is nothing to roll back.',
  NewActivity: 'Roll the user back with force if what was done in the new session may be lost.',
} as const satisfies Record<string, string>;

export type UserFailureType = keyof typeof USER_FAILURES;

export interface UserFailure {
  readonly type: UserFailureType;
  /** What is wrong, without personal data. */
  readonly detail: string;
}

export function isUserFailure(type: string): type is UserFailureType {
  return Object.hasOwn(USER_FAILURES, type);
}
