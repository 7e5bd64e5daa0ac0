import type { Names } from '../../../domain/engine/web-ui/business-names.js';
import { asCode, inMarkdown, summaryOf } from '../../../domain/engine/web-ui/texts.js';
import { WORKFLOW_TYPES, portingWorkflowId } from '../../../domain/conversations/ids.js';
import { CONVERSATIONS, WORDS } from '../../../domain/conversations/migration.js';
import { shortened } from '../../../domain/engine/ids.js';
import {
  type NumberPortingInput,
  type OrderAgainSignal,
  PORTING_SIGNALS,
} from '../../../domain/conversations/messages.js';
import { labelsOf } from '../../../domain/engine/web-ui/labels.js';
import type { TemporalKind, WorkflowStart } from '../kind.js';

export interface PortToFollow extends NumberPortingInput {
  readonly brandId?: string | undefined;
  /** Without the channel's name, where people put phone numbers. */
  readonly names?: Names | undefined;
}

/** Starts the port's workflow again, or signals a run that is still open. Idempotent: the store says whether an order is due. */
export const PORT_STARTS: NonNullable<TemporalKind['starts']> = {
  [PORTING_SIGNALS.orderAgain]: ({ migration: { subject: accountId }, unit: brandId, names, payload }) => {
    const { channelId } = payload as OrderAgainSignal;
    const signalled = { signal: PORTING_SIGNALS.orderAgain, signalArgs: [] };
    return { ...portStart({ accountId, channelId, brandId, names }), signalled };
  },
};

/**
 * Starts the workflow that follows a port, or finds it running. The workflow has no parent: it outlives the brand's, and a brand may have more ports
 * than a workflow may have children.
 */
export function portStart({ accountId, brandId, channelId, names }: PortToFollow): WorkflowStart {
  const input: NumberPortingInput = { accountId, channelId };
  const of = { subject: accountId, unit: brandId, names };
  return {
    type: WORKFLOW_TYPES.porting,
    options: {
      workflowId: portingWorkflowId(accountId, channelId),
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      // The store says whether a port has ended: after a restore from a backup it may be open although Temporal knows it as complete, and a run for
      // an ended port ends at once.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      typedSearchAttributes: labelsOf({
        kind: CONVERSATIONS,
        subject: accountId,
        unit: brandId,
        phase: 'porting',
      }),
      staticSummary: summaryOf(WORDS, of, `port of channel ${inMarkdown(shortened(channelId))}`),
      staticDetails: `Follows the number of channel ${asCode(channelId)} until the carrier has ported it. Outlives the migration; takes minutes to weeks.`,
    },
  };
}
