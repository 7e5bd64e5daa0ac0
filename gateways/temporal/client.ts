/** The caller's side of Temporal: starts and signals workflows by name. Connects at the first call, and again by itself. */

import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  isGrpcServiceError,
} from '@temporalio/client';
import { summaryOf } from '../../domain/engine/web-ui-texts.js';
import { WORKFLOW_TYPES } from '../../domain/conversations/ids.js';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import { PORTING_SIGNALS } from '../../domain/conversations/messages.js';
import { labelsOf } from '../../domain/engine/labels.js';
import { SIGNALS } from '../../domain/engine/messages.js';
import type { MigrationInput } from '../../domain/engine/runs.js';
import { deadlineIn } from '../clock.js';
import type { Refusal } from '../store/migrations/outbox.js';
import {
  type Named,
  type WorkflowMessage,
  isOperationMessage,
} from '../store/migrations/workflow-messages.js';
import { type ClientOptions, lazyClient } from './lazy-client.js';
import { startOperation } from './operations.js';
import { startVerification } from './verification.js';
import { orderPortAgain } from './ports.js';

export interface TemporalOptions extends ClientOptions {
  /** Where migrations are started; default the queue of domain/engine/ids.ts. */
  readonly taskQueue?: string;
}

/**
 * `delivered`: the workflow has it. `completed`: the migration is done, nothing was started. `not-running`: the workflow has
 * ended, or never began. A refusal: Temporal will never take this message.
 */
export type DeliveryOutcome = 'delivered' | 'completed' | 'not-running' | Refusal;

export interface TemporalClient {
  readonly namespace: string;
  /** Once more does no harm: signals are idempotent, a start finds what runs. Throws while Temporal cannot be reached. */
  deliver(message: Named<WorkflowMessage>, timeoutMs: number): Promise<DeliveryOutcome>;
  /** Throws Unusable when the server does not answer in time, or lacks what we need. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

/** gRPC's INVALID_ARGUMENT: an id that is too long, say. */
const INVALID_ARGUMENT = 3;

/** Throws when the environment configuration is wrong; connects to nothing yet. */
export function openTemporal(options: TemporalOptions): TemporalClient {
  const { namespace, connection, client, ping } = lazyClient(options);
  const taskQueue = options.taskQueue ?? TASK_QUEUES.workflows;

  return {
    namespace,
    async deliver(message, timeoutMs) {
      try {
        await connection.withDeadline(deadlineIn(timeoutMs), () => send(client, message, taskQueue));
        return 'delivered';
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return 'completed';
        if (error instanceof WorkflowNotFoundError) return 'not-running';
        const refused = refusalOf(error);
        if (refused === undefined) throw error;
        return { refused };
      }
    },
    ping,
    close: () => connection.close(),
  };
}

async function send(client: Client, message: Named<WorkflowMessage>, taskQueue: string): Promise<void> {
  if (isOperationMessage(message)) return startOperation(client, message, taskQueue);
  if (message.signal === 'verify') return startVerification(client, message, taskQueue);
  if (message.signal === PORTING_SIGNALS.orderAgain) return orderPortAgain(client, message, taskQueue);
  if (message.signal !== SIGNALS.start) {
    const workflow = client.workflow.getHandle(message.workflowId);
    await workflow.signal(message.signal, message.payload);
    // The signal says by whom; a workflow that was only signalled could not end as cancelled.
    if (message.signal === SIGNALS.cancel) await workflow.cancel();
    return;
  }
  const { kind, subject } = message.migration;
  const input: MigrationInput = { subject };
  await client.workflow.signalWithStart(WORKFLOW_TYPES.migration, {
    workflowId: message.workflowId,
    taskQueue,
    args: [input],
    signal: SIGNALS.start,
    signalArgs: [message.payload],
    // Given at the start they cost nothing; set by the workflow they would be a billed action.
    typedSearchAttributes: labelsOf({ kind, subject, phase: 'preparing' }),
    // Ignored while active or done, goes on after a failure.
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: message.payload.afresh ? 'ALLOW_DUPLICATE' : 'ALLOW_DUPLICATE_FAILED_ONLY',
    staticSummary: summaryOf(
      { accountId: subject, names: message.names },
      'from Conversations to the helpdesk',
    ),
    staticDetails:
      'Provisions brands and channels, has numbers ported, imports recent messages of all brands, then the remaining ones. ' +
      'Progress is in the store; running it again does only what is missing.',
  });
}

/** Temporal's reason. Undefined also where the namespace lacks our search attributes: then every message is, until somebody creates them. */
function refusalOf(error: unknown): string | undefined {
  for (let layer = error; layer instanceof Error; layer = layer.cause) {
    if (isGrpcServiceError(layer) && (layer.code as number) === INVALID_ARGUMENT)
      return /search attribute/i.test(layer.message) ? undefined : layer.details;
  }
  return undefined;
}
