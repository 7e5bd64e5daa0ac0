/** Kinds of migration. A new name here makes the compiler ask for the kind in the `kinds.ts` of each floor. */
export const KINDS = ['conversations'] as const;
export type KindName = (typeof KINDS)[number];

/** What is meant where no kind is named. */
export const DEFAULT_KIND: KindName = 'conversations';
