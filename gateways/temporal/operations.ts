import type { Client } from '@temporalio/client';
import { OPERATION_WORKFLOWS, type Operation, type OperationInput } from '../../domain/engine/operations.js';
import { shortened } from '../../domain/engine/ids.js';
import type { OperationMessage } from '../store/migrations/workflow-messages.js';
import { labelsOf } from './labels.js';

const SUMMARIES: Record<Operation, string> = {
  reset: 'Removes what was migrated, then starts the migration again',
  'retry-attachments': 'Fetches attachments that had failed',
  'retry-quarantined': 'Reads quarantined records at the source again',
};

/** Starts the operation, or tells the one that runs that it was asked for again. Said twice it does no harm. */
export async function startOperation(
  client: Client,
  { kind, accountId, workflowId, payload }: OperationMessage,
  taskQueue: string,
): Promise<void> {
  const input: OperationInput = { accountId };
  await client.workflow.signalWithStart(OPERATION_WORKFLOWS[kind], {
    workflowId,
    taskQueue,
    args: [input],
    signal: kind,
    signalArgs: [payload],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    typedSearchAttributes: labelsOf({ accountId }),
    staticSummary: `${SUMMARIES[kind]}: account ${shortened(accountId)}`,
  });
}
