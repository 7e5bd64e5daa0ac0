import { type BrandStatus, hasRecentMessages } from './statuses.js';

/** In order. A person waits for recent messages; nobody waits for the remaining ones. */
export const PHASES = ['recent', 'remaining'] as const;
export type Phase = (typeof PHASES)[number];

/** The phases that a brand with this status has not completed. */
export function phasesLeft(status: BrandStatus): readonly Phase[] {
  if (status === 'all-messages-migrated') return [];
  return hasRecentMessages(status) ? ['remaining'] : PHASES;
}
