import type { FollowingLimits } from '../../../../activities/conversations/following/apply-hints.js';

/** On a busy machine hints would be kept that can be applied. */
export const PATIENT: Pick<FollowingLimits, 'lockMs' | 'readMs'> = { lockMs: 60_000, readMs: 60_000 };
