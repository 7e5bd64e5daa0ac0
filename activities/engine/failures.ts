import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { CompleteAsyncError, asyncLocalStorage } from '@temporalio/activity';
import { CarryoverError, FAILURES } from '../../domain/engine/failures/failures.js';
import { framesOf } from '../../domain/engine/plain-words.js';
import { isStoreError, storeError } from '../../gateways/store/sql/errors.js';

/** Logs errors of unknown types. */
export interface BorderLogger {
  error(facts: object, message: string): void;
}

/** The default delay for a throttled call without a Retry-After. */
const THROTTLED_SECONDS = 10;

/**
 * The boundary between activities and Temporal: whatever an activity throws leaves it as an ApplicationFailure with a type of
 * domain/engine/failures/failures.ts, or as the cancellation that Temporal requested.
 */
export function withFailures<Activities extends object>(
  activities: Activities,
  logger: BorderLogger,
): Activities {
  const guarded = Object.entries(activities as Record<string, Activity>).map(([name, activity]) => {
    const run: Activity = async (...args) => {
      try {
        return await activity.apply(activities, args);
      } catch (error) {
        throw toTemporal(error, name, logger);
      }
    };
    return [name, run] as const;
  });
  return Object.fromEntries(guarded) as Activities;
}

type Activity = (...args: unknown[]) => Promise<unknown>;

/**
 * Transient failures are retried by the activity's policy, throttled ones after the requested delay and without alerts, final ones never. The cause
 * stays here, because messages of databases and clients may quote a record.
 */
function toTemporal(error: unknown, activity: string, logger: BorderLogger): unknown {
  if (isTemporalsOwn(error)) return error;
  const failure = failureOf(error);
  const result = applicationFailure(failure, error);
  if (failure.type === 'Unexpected')
    logger.error({ activity, stack: result.stack }, 'An activity failed with an error of unknown type');
  return result;
}

/** The failure that is reported to Temporal for an error. */
export function failureOf(error: unknown): CarryoverError {
  if (error instanceof CarryoverError) return error;
  const translated = storeError(error);
  return isStoreError(error) || translated.type !== 'Unexpected'
    ? translated
    : new CarryoverError('Unexpected', translated.message.slice(0, 1_000), { cause: error });
}

function applicationFailure(failure: CarryoverError, error: unknown): ApplicationFailure {
  const { repeat } = FAILURES[failure.type];
  const seconds =
    failure.options.retryAfterSeconds ?? (repeat === 'throttled' ? THROTTLED_SECONDS : undefined);
  const result = ApplicationFailure.create({
    type: failure.type,
    message: failure.message,
    nonRetryable: repeat === 'final',
    ...(repeat !== 'final' && seconds !== undefined ? { nextRetryDelay: seconds * 1_000 } : {}),
    ...(repeat === 'throttled' ? { category: 'BENIGN' } : {}),
  });
  // Only the stack frames: the original message may quote a record.
  const frames = error instanceof Error ? framesOf(error) : [];
  result.stack = [`${failure.type}: ${failure.message}`, ...frames].join('\n');
  return result;
}

function isTemporalsOwn(error: unknown): boolean {
  return (
    error instanceof ApplicationFailure ||
    error instanceof CancelledFailure ||
    error instanceof CompleteAsyncError ||
    (error instanceof Error && error.name === 'AbortError' && isCancelled())
  );
}

/** An AbortError is Temporal's cancellation only if Temporal has cancelled the activity. */
function isCancelled(): boolean {
  return asyncLocalStorage.getStore()?.cancellationSignal.aborted === true;
}
