import type { FollowingLimits } from '../../../../activities/conversations/following/apply-hints.js';

/** On a busy machine, hints would otherwise be stored although they can be applied. */
export const PATIENT: Pick<FollowingLimits, 'lockMs' | 'readMs'> = { lockMs: 60_000, readMs: 60_000 };
