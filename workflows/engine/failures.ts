/** Converts Temporal's errors in a workflow to failures as data, and back. */

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
import { type Failure, isFailureType } from '../../domain/engine/failures/failures.js';

/** A failed child's note to its parent: the store has the failure, and a start that comes after `since` is a retry. */
export interface FailureNote {
  readonly recorded: true;
  /** Milliseconds since 1970, workflow time, at or before the moment when the store recorded the failure. */
  readonly since: number;
}

/**
 * Whether the error is a cancellation. A cancelled activity is not retried: Temporal then reports how its last attempt ended, or that its worker
 * died, which is no failure of the work.
 */
export function isStopped(error: unknown): boolean {
  const isLastTry = error instanceof ActivityFailure && error.retryState === RetryState.CANCEL_REQUESTED;
  return isLastTry || isCancellation(error);
}

/** The error with which a cancelled run ends, however the cancellation reached it. Other errors are unchanged. */
export function asCancellation(error: unknown): unknown {
  return isStopped(error) && !isCancellation(error) ? new CancelledFailure('Stopped.') : error;
}

/**
 * Whether the work failed. Excludes cancellations, and bugs in workflow code (any other error), which must fail the workflow task: Temporal retries
 * the task until a worker with a fix runs it.
 */
export function isWorkFailure(error: unknown): error is TemporalFailure {
  return error instanceof TemporalFailure && !isStopped(error);
}

/**
 * The failure for the store and for operators. Messages of known types are our own. Any other message is omitted, because it may contain anything.
 *
 * @param what the work and its owner, e.g. "the import of brand br_1"
 */
export function failureOf(error: TemporalFailure, what: string): Failure {
  const root = innermost(error);
  if (root instanceof ApplicationFailure && root.type && isFailureType(root.type)) {
    return { type: root.type, message: root.message };
  }
  if (root instanceof TimeoutFailure)
    return { type: 'Unexpected', message: `No worker finished ${what} in time.` };
  if (root instanceof TerminatedFailure || root instanceof CancelledFailure) {
    return { type: 'Unexpected', message: `Somebody ended ${what} in Temporal.` };
  }
  const kind = root instanceof ApplicationFailure ? (root.type ?? root.name) : root.name;
  return { type: 'Unexpected', message: `An unexpected error (${kind}) ended ${what}.` };
}

/** The failure that ends a workflow. Its outermost error always has a known type. */
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

/** Converts a failure of the work to one of a known type. */
export async function withKnownFailure<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isWorkFailure(error)) throw asCancellation(error);
    throw endingFailure(failureOf(error, what), Date.now(), error);
  }
}

/** The note of a child that recorded its failure itself; undefined for a child that was terminated or timed out. */
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
