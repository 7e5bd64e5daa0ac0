import type { Client } from '@temporalio/client';
import { labelsOf } from '../../domain/engine/labels.js';
import { summaryOf } from '../../domain/engine/web-ui-texts.js';
import {
  OPERATION_WORKFLOWS,
  type Operation,
  type OperationInput,
} from '../../domain/conversations/operations.js';
import type { Named, OperationMessage } from '../store/migrations/workflow-messages.js';

const SUMMARIES: Record<Operation, string> = {
  reset: 'what was migrated is removed, then migrated again',
  'retry-attachments': 'attachments that had failed are fetched again',
  'retry-quarantined': 'quarantined records are read again at the source',
};

/** Starts the operation, or tells the one that runs that it was asked for again. Said twice it does no harm. */
export async function startOperation(
  client: Client,
  { signal, migration, workflowId, names, payload }: Named<OperationMessage>,
  taskQueue: string,
): Promise<void> {
  const { subject: accountId } = migration;
  const input: OperationInput = { accountId };
  await client.workflow.signalWithStart(OPERATION_WORKFLOWS[signal], {
    workflowId,
    taskQueue,
    args: [input],
    signal,
    signalArgs: [payload],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    typedSearchAttributes: labelsOf(migration),
    staticSummary: summaryOf({ accountId, names }, SUMMARIES[signal]),
  });
}
