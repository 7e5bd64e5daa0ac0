import type { Clock } from '../../domain/engine/clock.js';
import type { OnboardingDatabase } from '../../gateways/onboarding/database.js';
import type { SessionKeys } from '../../gateways/redis/session-keys.js';

/** The product's two stores. */
export interface OnboardingTargets {
  readonly database: OnboardingDatabase;
  readonly keys: SessionKeys;
}

export interface OnboardingWorld extends OnboardingTargets {
  readonly clock: Clock;
}

/** Longer than a healthy Redis takes to answer. */
const PING_MS = 2_000;

/** Throws TargetUnavailable before any row of active users is locked. */
export async function assertRedisAnswers({ keys }: Pick<OnboardingTargets, 'keys'>): Promise<void> {
  await keys.ping(PING_MS);
}
