/** The kind's name, its statuses and the names that outsiders rely on. */

export const INBOX = 'inbox';

export const WORKFLOW_TYPES = {
  migration: 'InboxMigrationWorkflow',
  unit: 'InboxMoveWorkflow',
  verification: 'InboxVerificationWorkflow',
} as const;

/** The one phase of a unit. */
export const PHASE = 'move';

/** Identifies the migrations of one source: one of them at a time is under way. */
export function inboxSubject(accountId: string, sourceInboxId: string): string {
  return `${accountId}:${sourceInboxId}`;
}

/** Undefined for a text that is no subject. */
export function readSubject(
  subject: string,
): { readonly accountId: string; readonly source: string } | undefined {
  const [, accountId, source] = /^([1-9][0-9]{0,17}):([1-9][0-9]{0,17})$/.exec(subject) ?? [];
  return accountId === undefined || source === undefined ? undefined : { accountId, source };
}

export function inboxWorkflowId(subject: string): string {
  return `${INBOX}:${subject}`;
}

export function verificationWorkflowId(subject: string): string {
  return `${inboxWorkflowId(subject)}/verification`;
}

/** @param migration the id in `carryover.inbox_migrations` */
export function moveWorkflowId(subject: string, migration: string): string {
  return `${inboxWorkflowId(subject)}/${migration}`;
}
