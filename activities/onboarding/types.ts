import type { Counts, LaneState } from '../../domain/onboarding/requests.js';

export interface BatchInput {
  readonly migrationId: string;
  /** Undefined for the first batch. */
  readonly lane?: LaneState;
}

export interface BatchAnswer {
  readonly lane: LaneState;
  readonly counts: Counts;
  /** The migration has ended, and is recorded so. */
  readonly ended: boolean;
}

export interface EndInput {
  readonly migrationId: string;
  /** Who cancelled it, if anybody did. */
  readonly cancelledBy?: string;
}

/** All are idempotent: each may be called again at any moment, and does only the missing work. */
export interface OnboardingActivities {
  /** Migrates or rolls back the lane's next users, and records the result of each. Never fails because of a user. */
  runOnboardingBatch(input: BatchInput): Promise<BatchAnswer>;
  /** Records the end, unless legacy users have appeared that must be migrated as well. */
  endOnboarding(input: EndInput): Promise<{ readonly ended: boolean }>;
}
