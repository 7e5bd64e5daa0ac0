import {
  ActivityFailure,
  ApplicationFailure,
  type Client,
  isGrpcDeadlineError,
  TimeoutFailure,
  WorkflowFailedError,
} from '@temporalio/client';
import { CarryoverError, isFailureType } from '../../domain/engine/failures/failures.js';
import type { CallWithin } from './calls-within.js';
import type { WorkflowStart } from './kind.js';

/** The workflow has not ended in time: no worker takes its tasks, or they are slow. */
export class NoAnswerYet extends Error {
  override readonly name = 'NoAnswerYet';
}

/**
 * Starts a workflow that answers a question, or joins one that is running, and waits for its result. Throws the CarryoverError that it failed with,
 * NoAnswerYet, or the client's error while Temporal is unavailable.
 */
export async function askWorkflow(
  client: Client,
  within: CallWithin,
  { type, options }: WorkflowStart,
  { taskQueue, timeoutMs }: { readonly taskQueue: string; readonly timeoutMs: number },
): Promise<unknown> {
  try {
    return await within(timeoutMs, () => client.workflow.execute(type, { ...options, taskQueue }));
  } catch (error) {
    if (isGrpcDeadlineError(error)) throw new NoAnswerYet('The workflow has not ended in time.');
    if (!(error instanceof WorkflowFailedError)) throw error;
    const cause = error.cause instanceof ActivityFailure ? error.cause.cause : error.cause;
    const failed = cause instanceof ApplicationFailure ? cause : undefined;
    if (failed?.type && isFailureType(failed.type))
      throw new CarryoverError(failed.type, failed.message, { cause: error });
    if (cause instanceof TimeoutFailure) throw new NoAnswerYet('The workflow has timed out.');
    throw error;
  }
}
