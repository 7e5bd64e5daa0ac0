import { type BrandStatus, hasRecentMessages } from './statuses.js';

/** In their order: a person waits for recent messages, and nobody for the remaining ones. */
export const PHASES = ['recent', 'remaining'] as const;
export type Phase = (typeof PHASES)[number];

/** The phases that a brand with this status still has to go through. */
export function phasesLeft(status: BrandStatus): readonly Phase[] {
  if (status === 'all-messages-migrated') return [];
  return hasRecentMessages(status) ? ['remaining'] : PHASES;
}
