/** The ids of conversations' workflows, and other names that outsiders rely on. */

import { WORKFLOW_ID_LIMIT, bytesOf, isIdTooLong } from '../engine/ids.js';
import type { Operation } from './operations.js';
import type { Phase } from './phases.js';

export const WORKFLOW_TYPES = {
  migration: 'MigrationWorkflow',
  brand: 'BrandMigrationWorkflow',
  porting: 'NumberPortingWorkflow',
  verification: 'VerificationWorkflow',
  follow: 'FollowWorkflow',
  preflight: 'PreflightWorkflow',
} as const;

/** Makes the workflow that follows a table check again whether it is needed. */
export const FOLLOW_SIGNAL = 'follow';

export function migrationWorkflowId(accountId: string): string {
  return `migration:${accountId}`;
}

/** A brand whose phases run in two workflows has an id for each, so that lists and links tell them apart. */
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

export function preflightWorkflowId(accountId: string): string {
  return `${migrationWorkflowId(accountId)}/preflight`;
}

/** The stream of a source table, or polling for all accounts that no stream serves. */
export type FollowLane = 'threads' | 'messages' | 'polling';

/** One for a lane, however many accounts are followed. */
export function followWorkflowId(lane: FollowLane): string {
  return `following:${lane}`;
}

const OPERATION_NAMES = {
  reset: 'reset',
  'retry-attachments': 'attachments',
  'retry-quarantined': 'quarantine',
} as const satisfies Record<Operation, string>;

export function operationWorkflowId(accountId: string, operation: Operation): string {
  return `${migrationWorkflowId(accountId)}/${OPERATION_NAMES[operation]}`;
}

/** Whether the account's id is too long for the ids of its workflows. */
export function isAccountIdTooLong(accountId: string): boolean {
  return isIdTooLong(verificationWorkflowId(accountId), WORKFLOW_ID_LIMIT);
}

/** The maximum length of brand and channel ids of the account, in bytes of UTF-8, so that workflow ids can contain them. */
export function longestId(accountId: string): number {
  return Math.max(0, WORKFLOW_ID_LIMIT - bytesOf(brandWorkflowId(accountId, '', 'remaining')));
}

/**
 * The idempotency key of a port order: the carrier creates one order for each key. It depends only on what is ordered, so an order whose response was
 * lost is found again, even by a store restored from a backup. `attempt` increases only when a reset has cancelled an order.
 */
export function portOrderKey(accountId: string, phoneNumber: string, attempt: number): string {
  return `carryover/${accountId}/${phoneNumber}/${attempt}`;
}
