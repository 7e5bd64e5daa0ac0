/**
 * Operations that operators request beside a migration. Each runs in a workflow of its own for an account, which the request starts and which is
 * named after the operation. A request while it runs is handled after the current one.
 */

import type { Steering } from '../engine/messages.js';

export const OPERATIONS = ['reset', 'retry-attachments', 'retry-quarantined'] as const;
export type Operation = (typeof OPERATIONS)[number];

export const OPERATION_WORKFLOWS = {
  reset: 'ResetWorkflow',
  'retry-attachments': 'AttachmentsWorkflow',
  'retry-quarantined': 'QuarantineRetryWorkflow',
} as const satisfies Record<Operation, string>;

/** The words of the commands that request operations; the account's id follows. */
export const OPERATION_COMMANDS = {
  reset: ['reset', '--yes'],
  'retry-attachments': ['attachments', 'retry'],
  'retry-quarantined': ['quarantine', 'retry'],
} as const satisfies Record<Operation, readonly string[]>;

export interface OperationInput {
  readonly accountId: string;
}

export interface QuarantineRetrySignal extends Steering {
  /** Ids of quarantined records; undefined for all of the account. */
  readonly records?: readonly string[];
}

/** The payload of each request, which is the workflow's signal of the same name. */
export interface OperationSignals {
  readonly reset: Steering;
  readonly 'retry-attachments': Steering;
  readonly 'retry-quarantined': QuarantineRetrySignal;
}
