/** From what Temporal throws in a workflow to failures as data, and back. */

import { RetryState } from '@temporalio/common';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
  isCancellation,
} from '@temporalio/workflow';
import { type Failure, isFailureType } from '../../domain/engine/failures.js';

/** From a failed child to its parent: the failure is recorded in the store, and since when a new start means 'retry'. */
export interface FailureNote {
  readonly recorded: true;
  /** Milliseconds since 1970, workflow time: no later than the moment when the store recorded the failure. */
  readonly since: number;
}

/**
 * A cancellation. An activity that was running when it was cancelled is not retried: Temporal then reports how its last attempt ended, or
 * that its worker died. That is no failure of the work.
 */
export function isStopped(error: unknown): boolean {
  const isLastTry = error instanceof ActivityFailure && error.retryState === RetryState.CANCEL_REQUESTED;
  return isLastTry || isCancellation(error);
}

/** What a cancelled run ends with, however it learned of the cancellation; any other error unchanged. */
export function asCancellation(error: unknown): unknown {
  return isStopped(error) && !isCancellation(error) ? new CancelledFailure('Stopped.') : error;
}

/**
 * A failure of the work. A cancellation is none, nor is a bug in workflow code (any other error), which must fail the workflow task:
 * Temporal retries the task until a worker with a fix runs it.
 */
export function isWorkFailure(error: unknown): error is TemporalFailure {
  return error instanceof TemporalFailure && !isStopped(error);
}

/**
 * The failure for the store and the operators' view. The message of a known type is our own; any other message is left out, since it may
 * contain anything.
 *
 * @param what the work and whose it was, e.g. "the import of brand br_1"
 */
export function failureOf(error: TemporalFailure, what: string): Failure {
  const root = innermost(error);
  if (root instanceof ApplicationFailure && root.type && isFailureType(root.type)) {
    return { type: root.type, message: root.message };
  }
  if (root instanceof TimeoutFailure)
    return { type: 'Unexpected', message: `No worker finished ${what} in time.` };
  if (root instanceof TerminatedFailure || root instanceof CancelledFailure) {
    return { type: 'Unexpected', message: `Somebody has ended ${what} by hand, in Temporal.` };
  }
  const kind = root instanceof ApplicationFailure ? (root.type ?? root.name) : root.name;
  return { type: 'Unexpected', message: `Something unforeseen (${kind}) ended ${what}.` };
}

/** The failure that a workflow ends with. The outermost error always has a known type. */
export function endingFailure(failure: Failure, since: number, cause?: Error): ApplicationFailure {
  const note: FailureNote = { recorded: true, since };
  return ApplicationFailure.create({
    type: failure.type,
    message: failure.message,
    nonRetryable: true,
    details: [note],
    ...(cause !== undefined && { cause }),
  });
}

/** Makes sure that the work fails with a known type. */
export async function orKnownFailure<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isWorkFailure(error)) throw asCancellation(error);
    throw endingFailure(failureOf(error, what), Date.now(), error);
  }
}

/** The note of a child that recorded its failure itself; undefined for one that was terminated or timed out. */
export function noteOf(error: TemporalFailure): FailureNote | undefined {
  const root = innermost(error);
  const detail: unknown = root instanceof ApplicationFailure ? root.details?.[0] : undefined;
  return typeof detail === 'object' && detail !== null && 'recorded' in detail
    ? (detail as FailureNote)
    : undefined;
}

function innermost(error: Error): Error {
  let found = error;
  while ((found instanceof ActivityFailure || found instanceof ChildWorkflowFailure) && found.cause)
    found = found.cause;
  return found;
}
