import { preflightWorkflowId, WORKFLOW_TYPES } from '../../../domain/conversations/ids.js';
import type { PreflightInput } from '../../../domain/conversations/messages.js';
import { migrationOf, WORDS } from '../../../domain/conversations/migration.js';
import { labelsOf } from '../../../domain/engine/web-ui/labels.js';
import { summaryOf } from '../../../domain/engine/web-ui/texts.js';
import type { WorkflowStart } from '../kind.js';

/** Starts a preflight, or joins one that is running, so that any number of people read the source once. */
export function preflightStart(accountId: string): WorkflowStart {
  const input: PreflightInput = { accountId };
  return {
    type: WORKFLOW_TYPES.preflight,
    options: {
      workflowId: preflightWorkflowId(accountId),
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      // No caller waits longer, and the workflow leaves nothing behind.
      workflowExecutionTimeout: '1 minute',
      typedSearchAttributes: labelsOf(migrationOf(accountId)),
      staticSummary: summaryOf(WORDS, { subject: accountId, names: undefined }, 'what a start would do'),
      staticDetails:
        'Reads some of what a migration would read, and writes nothing. Its result is the answer.',
    },
  };
}
