/**
 * What operators ask for beside a migration. Each is a workflow of its own for an account, started by the message that asks and
 * named after it; asked again while it runs, it does what was asked in its turn.
 */

import type { Steering } from '../engine/messages.js';

export const OPERATIONS = ['reset', 'retry-attachments', 'retry-quarantined'] as const;
export type Operation = (typeof OPERATIONS)[number];

export const OPERATION_WORKFLOWS = {
  reset: 'ResetWorkflow',
  'retry-attachments': 'AttachmentsWorkflow',
  'retry-quarantined': 'QuarantineRetryWorkflow',
} as const satisfies Record<Operation, string>;

export interface OperationInput {
  readonly accountId: string;
}

export interface QuarantineRetrySignal extends Steering {
  /** Ids of quarantined records; left out, all of the account. */
  readonly records?: readonly string[];
}

/** What the message that asks for each carries; it is the workflow's signal of the same name. */
export interface OperationSignals {
  readonly reset: Steering;
  readonly 'retry-attachments': Steering;
  readonly 'retry-quarantined': QuarantineRetrySignal;
}

export function isOperation(kind: string): kind is Operation {
  return (OPERATIONS as readonly string[]).includes(kind);
}
