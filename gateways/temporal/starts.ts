/** Starts of the workflows that every kind has; each kind provides their types and texts. */

import { labelsOf } from '../../domain/engine/web-ui/labels.js';
import { type EngineSignals, SIGNALS } from '../../domain/engine/messages.js';
import type { MigrationInput } from '../../domain/engine/runs.js';
import type { VerificationInput } from '../../domain/engine/verification.js';
import type { MessageOf, Named } from '../store/migrations/workflow-messages.js';
import type { SignalledStart, WorkflowOfKind, WorkflowStart } from './kind.js';

type To<Signal extends keyof EngineSignals> = Named<MessageOf<Pick<EngineSignals, Signal>>>;

/** Starts the migration, or signals a running one to retry what failed. */
export function migrationStart(
  { type, summary, details }: WorkflowOfKind,
  { migration: { kind, subject }, workflowId, names, payload }: To<'start'>,
): SignalledStart {
  const input: MigrationInput = { subject };
  return {
    type,
    options: {
      workflowId,
      args: [input],
      // Free at the start; set by the workflow they would be a billed action.
      typedSearchAttributes: labelsOf({ kind, subject, phase: 'preparing' }),
      // Ignored while the migration is active or done; starts a new run after a failure.
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: payload.afresh ? 'ALLOW_DUPLICATE' : 'ALLOW_DUPLICATE_FAILED_ONLY',
      staticSummary: summary(subject, names),
      staticDetails: details,
    },
    signalled: { signal: SIGNALS.start, signalArgs: [payload] },
  };
}

/** Starts the verification, or finds it running. If the verification has ended, the new run ends at once. */
export function verificationStart(
  { type, summary, details }: WorkflowOfKind,
  { migration: { kind, subject }, workflowId, names, payload }: To<'verify'>,
): WorkflowStart {
  const input: VerificationInput = { subject, verificationId: payload.verificationId };
  return {
    type,
    options: {
      workflowId,
      args: [input],
      workflowIdConflictPolicy: payload.begun ? 'TERMINATE_EXISTING' : 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      typedSearchAttributes: labelsOf({ kind, subject }),
      staticSummary: summary(subject, names),
      staticDetails: details,
    },
  };
}
