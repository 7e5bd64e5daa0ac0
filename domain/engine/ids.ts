/** The only place where ids, task queues and names that others rely on are made. */

import type { MigrationRef } from './migration-ref.js';
import type { Operation } from './operations.js';

export const WORKFLOW_TYPES = {
  migration: 'MigrationWorkflow',
  brand: 'BrandMigrationWorkflow',
  porting: 'NumberPortingWorkflow',
  verification: 'VerificationWorkflow',
} as const;

/** Orchestration, bulk import and short calls do not wait for each other. */
export const TASK_QUEUES = {
  workflows: 'carryover-workflows',
  imports: 'carryover-imports',
  calls: 'carryover-calls',
} as const;

/** How long an id of a workflow may be, in bytes of UTF-8: Temporal refuses a longer one. */
const WORKFLOW_ID_LIMIT = 1_000;

export function migrationWorkflowId(accountId: string): string {
  return `migration:${accountId}`;
}

/** A brand whose parts are brought by two runs has one id for each, so that lists and links tell them apart. */
export function brandWorkflowId(
  accountId: string,
  brandId: string,
  first: 'recent' | 'remaining' = 'recent',
): string {
  const id = `${migrationWorkflowId(accountId)}/brand:${brandId}`;
  return first === 'recent' ? id : `${id}/remaining`;
}

export function portingWorkflowId(accountId: string, channelId: string): string {
  return `${migrationWorkflowId(accountId)}/porting:${channelId}`;
}

const OPERATION_NAMES = {
  reset: 'reset',
  'retry-attachments': 'attachments',
  'retry-quarantined': 'quarantine',
} as const satisfies Record<Operation, string>;

export function operationWorkflowId(accountId: string, operation: Operation): string {
  return `${migrationWorkflowId(accountId)}/${OPERATION_NAMES[operation]}`;
}

/** The schedule of the daily report; its runs have the name with the time behind it. */
export const REPORT = {
  schedule: 'carryover-report',
  workflow: 'ReportWorkflow',
} as const;

export function verificationWorkflowId(accountId: string): string {
  return `${migrationWorkflowId(accountId)}/verification`;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Whether the workflows of an account with this id can be named after it. */
export function isAccountIdTooLong(accountId: string): boolean {
  return bytesOf(verificationWorkflowId(accountId)) > WORKFLOW_ID_LIMIT;
}

/** How long ids of the account's brands and channels may be, in bytes of UTF-8, so that workflows can be named after them. */
export function longestId(accountId: string): number {
  return Math.max(0, WORKFLOW_ID_LIMIT - bytesOf(brandWorkflowId(accountId, '', 'remaining')));
}

export function isIdTooLong(id: string, limit: number): boolean {
  return bytesOf(id) > limit;
}

/** For texts that Temporal keeps short, such as a summary: an id of ordinary length as it is, a longer one with an ellipsis. */
export function shortened(id: string): string {
  return id.length <= 64 ? id : `${id.slice(0, 63).toWellFormed()}…`;
}

/**
 * The carrier makes one order for one key. It follows from what is ordered alone, so that an order whose answer was lost is
 * found again, even by a store that was restored from an older day; `attempt` grows only when an order was cancelled by a reset.
 */
export function portOrderKey(accountId: string, phoneNumber: string, attempt: number): string {
  return `carryover/${accountId}/${phoneNumber}/${attempt}`;
}

/** The channel on which PostgreSQL announces that a status document has changed; the payload is a `statusNotice`. */
export const STATUS_CHANNEL = 'carryover_status';

export function statusNotice({ kind, subject }: MigrationRef): string {
  return `${kind}:${subject}`;
}

/** The migration that a `statusNotice` names. */
export function noticedMigration(notice: string): MigrationRef {
  const colon = notice.indexOf(':');
  return { kind: notice.slice(0, colon), subject: notice.slice(colon + 1) };
}
