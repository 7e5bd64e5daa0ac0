/** The only place where ids of conversations' workflows, and names that others rely on, are made. */

import { WORKFLOW_ID_LIMIT, bytesOf, isIdTooLong } from '../engine/ids.js';
import type { Operation } from './operations.js';
import type { Phase } from './phases.js';

export const WORKFLOW_TYPES = {
  migration: 'MigrationWorkflow',
  brand: 'BrandMigrationWorkflow',
  porting: 'NumberPortingWorkflow',
  verification: 'VerificationWorkflow',
} as const;

export function migrationWorkflowId(accountId: string): string {
  return `migration:${accountId}`;
}

/** A brand whose phases are run by two workflows has one id for each, so that lists and links tell them apart. */
export function brandWorkflowId(accountId: string, brandId: string, first: Phase = 'recent'): string {
  const id = `${migrationWorkflowId(accountId)}/brand:${brandId}`;
  return first === 'recent' ? id : `${id}/remaining`;
}

export function portingWorkflowId(accountId: string, channelId: string): string {
  return `${migrationWorkflowId(accountId)}/porting:${channelId}`;
}

export function verificationWorkflowId(accountId: string): string {
  return `${migrationWorkflowId(accountId)}/verification`;
}

const OPERATION_NAMES = {
  reset: 'reset',
  'retry-attachments': 'attachments',
  'retry-quarantined': 'quarantine',
} as const satisfies Record<Operation, string>;

export function operationWorkflowId(accountId: string, operation: Operation): string {
  return `${migrationWorkflowId(accountId)}/${OPERATION_NAMES[operation]}`;
}

/** Whether the workflows of an account with this id can be named after it. */
export function isAccountIdTooLong(accountId: string): boolean {
  return isIdTooLong(verificationWorkflowId(accountId), WORKFLOW_ID_LIMIT);
}

/** How long ids of the account's brands and channels may be, in bytes of UTF-8, so that workflows can be named after them. */
export function longestId(accountId: string): number {
  return Math.max(0, WORKFLOW_ID_LIMIT - bytesOf(brandWorkflowId(accountId, '', 'remaining')));
}

/**
 * The carrier makes one order for one key. It follows from what is ordered alone, so that an order whose answer was lost is
 * found again, even by a store that was restored from an older day; `attempt` grows only when an order was cancelled by a reset.
 */
export function portOrderKey(accountId: string, phoneNumber: string, attempt: number): string {
  return `carryover/${accountId}/${phoneNumber}/${attempt}`;
}
