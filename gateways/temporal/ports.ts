import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { WORKFLOW_TYPES } from '../../domain/ids.js';
import { type NumberPortingInput, SEARCH_ATTRIBUTES, SIGNALS } from '../../domain/messages.js';
import type { WorkflowMessage } from '../store/workflow-messages.js';

type OrderAgain = Extract<WorkflowMessage, { kind: (typeof SIGNALS)['orderAgain'] }>;

/** Runs the port's workflow again, or tells the run that has yet to end. Said twice it orders once. */
export async function orderPortAgain(
  client: Client,
  { accountId, workflowId, payload: { channelId } }: OrderAgain,
  taskQueue: string,
): Promise<void> {
  const input: NumberPortingInput = { accountId, channelId };
  await client.workflow.signalWithStart(WORKFLOW_TYPES.porting, {
    workflowId,
    taskQueue,
    args: [input],
    signal: SIGNALS.orderAgain,
    signalArgs: [],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    typedSearchAttributes: [
      { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.account, 'KEYWORD'), value: accountId },
    ],
    staticSummary: `Port of channel ${channelId}`,
  });
}
