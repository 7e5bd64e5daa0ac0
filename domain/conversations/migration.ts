import type { MigrationRef } from '../engine/migration-ref.js';

export const CONVERSATIONS = 'conversations';

/** The migration of an account from Conversations. */
export function migrationOf(accountId: string): MigrationRef {
  return { kind: CONVERSATIONS, subject: accountId };
}
