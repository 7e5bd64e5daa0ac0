import { WORKFLOW_TYPE } from '../../../domain/onboarding/names.js';
import type { TemporalKind } from '../kind.js';

export const onboarding: TemporalKind = {
  migration: {
    type: WORKFLOW_TYPE,
    summary: (subject) => `Onboarding ${subject}: users between legacy columns and sessions`,
    details: 'Migrates users, or rolls them back, batch by batch. What became of each is in the store.',
  },
};
