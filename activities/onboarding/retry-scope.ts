import { ONBOARDING } from '../../domain/onboarding/names.js';
import type { RetriesOf } from '../engine/retries/retries.js';
import { textsOf } from '../engine/retries/scope.js';

export const onboardingRetries: RetriesOf = {
  isSignalled: () => false,
  scopeOf(input) {
    const { migrationId } = textsOf(input);
    if (migrationId === undefined) return undefined;
    return {
      migration: { kind: ONBOARDING, subject: migrationId },
      unit: undefined,
      item: undefined,
      phase: undefined,
    };
  },
};
