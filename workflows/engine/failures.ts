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

/** What a failed child tells its parent: that its status says so already, and since when a new start means 'try again'. */
export interface FailureNote {
  readonly recorded: true;
  /** Milliseconds since 1970, by workflow time: no later than the moment in which the store said that it has failed. */
  readonly since: number;
}

/**
 * Also of what was under way when it was cancelled: Temporal tries nothing again then, and tells how the last try ended,
 * or that its worker has died. That is no failure of the work.
 */
export function isStopped(error: unknown): boolean {
  const isLastTry = error instanceof ActivityFailure && error.retryState === RetryState.CANCEL_REQUESTED;
  return isLastTry || isCancellation(error);
}

/** What a run that was stopped ends with, whichever way it heard of that; any other error as it is. */
export function asCancellation(error: unknown): unknown {
  return isStopped(error) && !isCancellation(error) ? new CancelledFailure('Stopped.') : error;
}

/**
 * A failure of the work. Cancellation is none, nor is a mistake in workflow code (any other error): that must fail the workflow
 * task, which Temporal repeats until a corrected worker comes.
 */
export function isWorkFailure(error: unknown): error is TemporalFailure {
  return error instanceof TemporalFailure && !isStopped(error);
}

/**
 * The failure that goes into the store and the operators' view. The words of a known type are our own; those of
 * anything else are left out, since nobody has looked at what they contain.
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

/** Whatever ends the work ends it with a known type. */
export async function orKnownFailure<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isWorkFailure(error)) throw asCancellation(error);
    throw endingFailure(failureOf(error, what), Date.now(), error);
  }
}

/** The note of a child that has recorded its failure itself; undefined for one that was terminated or timed out. */
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
