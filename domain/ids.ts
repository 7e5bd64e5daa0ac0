/** The only place where ids, task queues and names that others rely on are made. */

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

export function migrationWorkflowId(accountId: string): string {
  return `migration:${accountId}`;
}

export function brandWorkflowId(accountId: string, brandId: string): string {
  return `${migrationWorkflowId(accountId)}/brand:${brandId}`;
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

/**
 * The carrier makes one order for one key. It follows from what is ordered alone, so that an order whose answer was lost is
 * found again, even by a store that was restored from an older day; `attempt` grows only when an order was cancelled by a reset.
 */
export function portOrderKey(accountId: string, phoneNumber: string, attempt: number): string {
  return `carryover/${accountId}/${phoneNumber}/${attempt}`;
}

/** The channel on which PostgreSQL tells that an account's status document has changed; the payload is the account's id. */
export const STATUS_CHANNEL = 'carryover_status';
