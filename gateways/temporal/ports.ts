import type { Client } from '@temporalio/client';
import { WORKFLOW_TYPES, portingWorkflowId, shortened } from '../../domain/engine/ids.js';
import { type NumberPortingInput, SIGNALS } from '../../domain/engine/messages.js';
import type { WorkflowMessage } from '../store/migrations/workflow-messages.js';
import { labelsOf } from './labels.js';

type OrderAgain = Extract<WorkflowMessage, { kind: (typeof SIGNALS)['orderAgain'] }>;

export interface PortToFollow extends NumberPortingInput {
  readonly brandId?: string | undefined;
}

/**
 * Starts the workflow that follows a port, or finds it running. A port's workflow belongs to no other: it outlives the brand's, and a
 * brand may have more ports than a workflow may have children.
 */
export async function startPort(client: Client, port: PortToFollow, taskQueue: string): Promise<void> {
  await client.workflow.start(WORKFLOW_TYPES.porting, startOf(port, taskQueue));
}

/** Runs the port's workflow again, or tells the run that has yet to end. Idempotent: the store says whether an order is due. */
export async function orderPortAgain(
  client: Client,
  { accountId, payload: { channelId, brandId } }: OrderAgain & { readonly accountId: string },
  taskQueue: string,
): Promise<void> {
  await client.workflow.signalWithStart(WORKFLOW_TYPES.porting, {
    ...startOf({ accountId, channelId, brandId }, taskQueue),
    signal: SIGNALS.orderAgain,
    signalArgs: [],
  });
}

function startOf({ accountId, brandId, channelId }: PortToFollow, taskQueue: string) {
  const input: NumberPortingInput = { accountId, channelId };
  return {
    workflowId: portingWorkflowId(accountId, channelId),
    taskQueue,
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    // The store says whether a port has ended: one that Temporal knows as complete may be open in a store that was restored from a
    // backup, and a run of one that has ended ends at once.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    typedSearchAttributes: labelsOf({ accountId, brandId, phase: 'porting' }),
    staticSummary: `Port of channel ${shortened(channelId)}`,
    staticDetails: `Follows the number of channel \`${channelId}\` until the carrier has ported it. Outlives the migration; takes minutes to weeks.`,
  } as const;
}
