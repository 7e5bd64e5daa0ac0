import {
  OPERATIONS,
  OPERATION_WORKFLOWS,
  type Operation,
  type OperationInput,
} from '../../../domain/conversations/operations.js';
import { WORDS } from '../../../domain/conversations/migration.js';
import { labelsOf } from '../../../domain/engine/web-ui/labels.js';
import { summaryOf } from '../../../domain/engine/web-ui/texts.js';
import type { Named, WorkflowMessage } from '../../store/migrations/workflow-messages.js';
import type { SignalledStart, TemporalKind } from '../kind.js';

const SUMMARIES: Record<Operation, string> = {
  reset: 'removes what was migrated, then migrates it again',
  'retry-attachments': 'fetches failed attachments again',
  'retry-quarantined': 'reads quarantined records at the source again',
};

/** Starts the operation, or signals a running one to repeat it. Idempotent. */
export const OPERATION_STARTS: NonNullable<TemporalKind['starts']> = Object.fromEntries(
  OPERATIONS.map((operation) => [
    operation,
    (message: Named<WorkflowMessage>) => operationStart(operation, message),
  ]),
);

function operationStart(
  operation: Operation,
  { migration, workflowId, names, payload }: Named<WorkflowMessage>,
): SignalledStart {
  const { subject: accountId } = migration;
  const input: OperationInput = { accountId };
  return {
    type: OPERATION_WORKFLOWS[operation],
    options: {
      workflowId,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      typedSearchAttributes: labelsOf(migration),
      staticSummary: summaryOf(WORDS, { subject: accountId, names }, SUMMARIES[operation]),
    },
    signalled: { signal: operation, signalArgs: [payload] },
  };
}
