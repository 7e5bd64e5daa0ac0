import type { Client } from '@temporalio/client';
import { labelsOf } from '../../domain/engine/labels.js';
import { summaryOf } from '../../domain/engine/web-ui-texts.js';
import { WORKFLOW_TYPES } from '../../domain/conversations/ids.js';
import type { VerificationInput } from '../../domain/engine/verification.js';
import type { Named, WorkflowMessage } from '../store/migrations/workflow-messages.js';

type Verify = Extract<Named<WorkflowMessage>, { signal: 'verify' }>;

/** Starts the verification, or finds it running. One that has ended is found out by the run that begins: it ends at once. */
export async function startVerification(
  client: Client,
  { migration: { kind, subject }, workflowId, names, payload }: Verify,
  taskQueue: string,
): Promise<void> {
  const input: VerificationInput = { subject, verificationId: payload.verificationId };
  await client.workflow.start(WORKFLOW_TYPES.verification, {
    workflowId,
    taskQueue,
    args: [input],
    workflowIdConflictPolicy: payload.begun ? 'TERMINATE_EXISTING' : 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    typedSearchAttributes: labelsOf({ kind, subject }),
    staticSummary: summaryOf({ accountId: subject, names }, 'Conversations compared with the helpdesk'),
    staticDetails:
      'Reads every record again and compares it with the store, brand by brand. What was found is in the store; running it again goes on where it was.',
  });
}
