import type { MigrationRef } from '../engine/migration-ref.js';

export const CONVERSATIONS = 'conversations';

/** What is migrated, in words. */
export const WORDS = { subject: 'account', unit: 'brand' } as const;

/** The migration of an account from Conversations. */
export function migrationOf(accountId: string): MigrationRef {
  return { kind: CONVERSATIONS, subject: accountId };
}
