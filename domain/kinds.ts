/** The kinds of migration. For a new name the compiler requires the kind in the `kinds.ts` of each floor. */
export const KINDS = ['conversations', 'onboarding', 'inbox'] as const;
export type KindName = (typeof KINDS)[number];

/** The kind to use if none is named. */
export const DEFAULT_KIND: KindName = 'conversations';
