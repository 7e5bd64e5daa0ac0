/** The client side of Temporal: starts and signals workflows by name. Connects on the first call and reconnects automatically. */

import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  isGrpcServiceError,
} from '@temporalio/client';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import { SIGNALS } from '../../domain/engine/messages.js';
import type { MigrationRef } from '../../domain/engine/migration-ref.js';
import type { Refusal } from '../store/migrations/outbox.js';
import { type Named, type WorkflowMessage, isMessage } from '../store/migrations/workflow-messages.js';
import { type DescribedWorkflows, workflowDescriber } from './describe.js';
import type { SignalledStart, TemporalKind, WorkflowStart } from './kind.js';
import { TEMPORAL_KINDS } from './kinds.js';
import { type ClientOptions, lazyClient } from './lazy-client.js';
import { type TemporalSystem, systemReader } from './system.js';
import { askWorkflow } from './preflight.js';
import { startWorkflow } from './start-workflow.js';
import { migrationStart, verificationStart } from './starts.js';

export interface TemporalOptions extends ClientOptions {
  /** The task queue of migrations; default the queue of domain/engine/ids.ts. */
  readonly taskQueue?: string;
  /** Kinds of migration in addition to TEMPORAL_KINDS. */
  readonly kinds?: Readonly<Record<string, TemporalKind>>;
}

/**
 * `delivered`: the workflow has the message. `completed`: the migration is done, so nothing was started. `not-running`: the workflow has ended or
 * never started. A refusal: Temporal will never accept this message.
 */
export type DeliveryOutcome = 'delivered' | 'completed' | 'not-running' | Refusal;

export interface TemporalClient {
  readonly namespace: string;
  /** Idempotent: signals may repeat, and a start finds a running workflow. Throws while Temporal is unavailable. */
  deliver(message: Named<WorkflowMessage>, timeoutMs: number): Promise<DeliveryOutcome>;
  /**
   * Describes a migration's workflow, those of its units, and the queues on which they wait.
   *
   * @param now ISO 8601: a try at a later time is awaited
   * @throws while Temporal does not answer
   */
  describe(workflowId: string, now: string, timeoutMs: number): Promise<DescribedWorkflows>;
  /**
   * Finds out what a start would do; a worker does the work. Undefined if the kind has no preflight. Throws CarryoverError, NoAnswerYet, or
   * anything else while Temporal is unavailable.
   */
  preflight(migration: MigrationRef, timeoutMs: number): Promise<unknown>;
  /** Throws Unusable when the server does not answer in time or lacks what we need. */
  ping(timeoutMs: number): Promise<void>;
  /** Workers, queues, schedules and deployments. Throws while Temporal is unavailable. */
  system(timeoutMs: number): Promise<TemporalSystem>;
  close(): Promise<void>;
}

/** gRPC's INVALID_ARGUMENT, for example for an id that is too long. */
const INVALID_ARGUMENT = 3;

/** Connects to nothing yet. Throws when the environment configuration is invalid. */
export function openTemporal(options: TemporalOptions): TemporalClient {
  const { namespace, connection, client, within, ping } = lazyClient(options);
  const taskQueue = options.taskQueue ?? TASK_QUEUES.workflows;
  const kinds: Readonly<Record<string, TemporalKind>> = { ...TEMPORAL_KINDS, ...options.kinds };
  const send = async (message: Named<WorkflowMessage>): Promise<void> => {
    const start = startFor(kinds[message.migration.kind], message);
    await (start === undefined ? signal(client, message) : startWorkflow(client, start, taskQueue));
  };

  return {
    namespace,
    async deliver(message, timeoutMs) {
      try {
        await within(timeoutMs, () => send(message));
        return 'delivered';
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return 'completed';
        if (error instanceof WorkflowNotFoundError) return 'not-running';
        const refused = refusalOf(error);
        if (refused === undefined) throw error;
        return { refused };
      }
    },
    async preflight({ kind, subject }, timeoutMs) {
      const start = kinds[kind]?.preflight?.(subject);
      return start && askWorkflow(client, within, start, { taskQueue, timeoutMs });
    },
    describe: workflowDescriber({ connection, namespace, within }),
    system: systemReader({ connection, client, namespace, within }),
    ping,
    close: () => connection.close(),
  };
}

/** How to start the message's workflow; undefined if the message is a signal to a running one. Throws for a kind that this process does not know. */
function startFor(
  kind: TemporalKind | undefined,
  message: Named<WorkflowMessage>,
): SignalledStart | WorkflowStart | undefined {
  if (kind === undefined)
    throw new Error(`This process starts no migrations of kind ${message.migration.kind}.`);
  if (isMessage(message, 'start')) return migrationStart(kind.migration, message);
  if (isMessage(message, 'verify') && kind.verification) return verificationStart(kind.verification, message);
  return kind.starts?.[message.signal]?.(message);
}

async function signal(client: Client, { workflowId, signal: name, payload }: WorkflowMessage): Promise<void> {
  const workflow = client.workflow.getHandle(workflowId);
  await workflow.signal(name, payload);
  // The signal names who cancels; without the cancellation the workflow could not end as cancelled.
  if (name === SIGNALS.cancel) await workflow.cancel();
}

/** Temporal's reason. Undefined if the namespace lacks our search attributes, because messages are accepted once somebody creates them. */
function refusalOf(error: unknown): string | undefined {
  for (let layer = error; layer instanceof Error; layer = layer.cause) {
    if (isGrpcServiceError(layer) && (layer.code as number) === INVALID_ARGUMENT)
      return /search attribute/i.test(layer.message) ? undefined : layer.details;
  }
  return undefined;
}
