import type { Client } from '@temporalio/client';
import type { BusinessNames } from '../../domain/engine/business-names.js';
import { asCode, inMarkdown, summaryOf } from '../../domain/engine/web-ui-texts.js';
import { WORKFLOW_TYPES, portingWorkflowId } from '../../domain/conversations/ids.js';
import { shortened } from '../../domain/engine/ids.js';
import { type NumberPortingInput, PORTING_SIGNALS } from '../../domain/conversations/messages.js';
import { labelsOf } from '../../domain/engine/labels.js';
import type { Named, WorkflowMessage } from '../store/migrations/workflow-messages.js';

type OrderAgain = Extract<Named<WorkflowMessage>, { signal: (typeof PORTING_SIGNALS)['orderAgain'] }>;

export interface PortToFollow extends NumberPortingInput {
  readonly brandId?: string | undefined;
  /** A channel's own name is left out: people put its phone number there. */
  readonly names?: BusinessNames | undefined;
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
  { migration: { subject: accountId }, unit, names, payload: { channelId } }: OrderAgain,
  taskQueue: string,
): Promise<void> {
  await client.workflow.signalWithStart(WORKFLOW_TYPES.porting, {
    ...startOf({ accountId, channelId, brandId: unit, names }, taskQueue),
    signal: PORTING_SIGNALS.orderAgain,
    signalArgs: [],
  });
}

function startOf({ accountId, brandId, channelId, names }: PortToFollow, taskQueue: string) {
  const input: NumberPortingInput = { accountId, channelId };
  return {
    workflowId: portingWorkflowId(accountId, channelId),
    taskQueue,
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    // The store says whether a port has ended: one that Temporal knows as complete may be open in a store that was restored from a
    // backup, and a run of one that has ended ends at once.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    typedSearchAttributes: labelsOf({
      kind: 'conversations',
      subject: accountId,
      unit: brandId,
      phase: 'porting',
    }),
    staticSummary: summaryOf(
      { accountId, brandId, names },
      `port of channel ${inMarkdown(shortened(channelId))}`,
    ),
    staticDetails: `Follows the number of channel ${asCode(channelId)} until the carrier has ported it. Outlives the migration; takes minutes to weeks.`,
  } as const;
}
