import { type Info, Context } from '@temporalio/activity';
import { ApplicationFailure, msToNumber } from '@temporalio/common';
import type { Clock, Stop } from '../../../domain/engine/clock.js';
import { isFailureType } from '../../../domain/engine/failures/failures.js';
import { SIGNALS, type RetryingSignal } from '../../../domain/engine/messages.js';
import { shouldRecordRetry, shouldSignalRetry } from '../../../domain/engine/failures/retries.js';
import {
  type FailedAttempt,
  type RetriedActivity,
  clearRetry,
  noteRetry,
} from '../../../gateways/store/migrations/retries.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';

export interface RetryLogger {
  warn(facts: object, message: string): void;
}

/** Which part of a migration an activity works on, as far as its input says. */
export type RetryScope = Pick<FailedAttempt, 'migration' | 'unit' | 'item' | 'phase'>;

/** The retries of some activities, as far as known. */
export interface RetriesOf {
  /** Undefined for an activity that concerns no migration. */
  readonly scopeOf: (input: unknown) => RetryScope | undefined;
  /** Whether the activity's workflow shows retries in its details. */
  readonly isSignalled: (activity: string) => boolean;
}

export interface RetryTrackingDependencies extends RetriesOf {
  readonly store: { readonly pool: Pool };
  readonly logger: RetryLogger;
  readonly clock: Clock;
}

/** The longest delay of a failed attempt for recording its retry, which must not hold up the next try. */
const PATIENCE_MS = 2_000;

/**
 * Records which activities are being retried and why, so that operators see it without Temporal.
 *
 * - A failed attempt that will be retried is recorded in the store, and at longer intervals reported to its workflow.
 * - A final attempt, successful or not, clears the record BEFORE Temporal learns of it: if the worker dies in between, Temporal retries the activity,
 *   which clears it then.
 * - An attempt that Temporal has abandoned (a timeout, a cancellation) no longer writes anything.
 *
 * Results and errors pass through unchanged. Must wrap `withFailures`.
 */
export function withRetryTracking<Activities extends object>(
  activities: Activities,
  dependencies: RetryTrackingDependencies,
): Activities {
  const kept = Object.entries(activities as Record<string, Activity>).map(([name, activity]) => {
    const run: Activity = async (...args) => {
      const attempt = attemptOf(name, dependencies.scopeOf(args[0]));
      try {
        const result = await activity.apply(activities, args);
        await settle(dependencies, attempt);
        return result;
      } catch (error) {
        await settle(dependencies, attempt, error);
        throw error;
      }
    };
    return [name, run] as const;
  });
  return Object.fromEntries(kept) as Activities;
}

type Activity = (...args: unknown[]) => Promise<unknown>;

interface Attempt extends RetriedActivity, RetryScope {
  readonly info: Info;
  readonly signal: AbortSignal;
  readonly activity: string;
}

function attemptOf(activity: string, scope: RetryScope | undefined): Attempt | undefined {
  if (scope === undefined) return undefined;
  const { info, cancellationSignal: signal } = Context.current();
  return {
    info,
    signal,
    ...scope,
    activity,
    runId: info.workflowExecution?.runId ?? info.activityRunId ?? '',
    activityId: info.activityId,
  };
}

async function settle(
  dependencies: RetryTrackingDependencies,
  attempt: Attempt | undefined,
  error?: unknown,
): Promise<void> {
  if (attempt === undefined) return;
  const { info, signal } = attempt;
  const nextTryInMs = nextTryAfter(info, error);
  const work =
    nextTryInMs === undefined
      ? clear(dependencies, attempt)
      : note(dependencies, attempt, error, nextTryInMs);
  try {
    await within(work, dependencies.clock);
  } catch (trouble) {
    if (!signal.aborted)
      dependencies.logger.warn(
        { err: trouble, activity: attempt.activity, attempt: info.attempt },
        'A retry could not be recorded',
      );
  }
}

async function clear({ store }: RetryTrackingDependencies, attempt: Attempt): Promise<void> {
  if (attempt.info.attempt > 1) await clearRetry(store.pool, attempt);
}

async function note(
  { store, clock, isSignalled }: RetryTrackingDependencies,
  attempt: Attempt,
  error: unknown,
  nextTryInMs: number,
): Promise<void> {
  const { info, signal } = attempt;
  if (signal.aborted || !(error instanceof ApplicationFailure)) return;
  const failed = {
    ...attempt,
    attempt: info.attempt,
    type: error.type ?? 'Unexpected',
    message: error.message,
  };
  if (shouldRecordRetry(info.attempt, nextTryInMs))
    await noteRetry(store.pool, { ...failed, nextTryInMs, attemptLimitMs: info.startToCloseTimeoutMs });
  if (isSignalled(attempt.activity) && shouldSignalRetry(info.attempt))
    await signalWorkflow(failed, new Date(clock.now() + nextTryInMs));
}

/** For the workflow's details in the Web UI. */
async function signalWorkflow(
  { info, activity, type, message, attempt }: Attempt & { type: string; message: string; attempt: number },
  nextTryAt: Date,
): Promise<void> {
  const { workflowExecution } = info;
  if (workflowExecution === undefined) return;
  const signal: RetryingSignal = { activity, type, message, attempt, nextTryAt: nextTryAt.toISOString() };
  const { workflowId, runId } = workflowExecution;
  await Context.current().client.workflow.getHandle(workflowId, runId).signal(SIGNALS.retrying, signal);
}

/** Milliseconds until Temporal retries; undefined when this attempt ends the activity or it waits for something else. */
function nextTryAfter(info: Info, error: unknown): number | undefined {
  if (!(error instanceof ApplicationFailure) || error.nonRetryable === true) return undefined;
  if (!isFailureType(error.type ?? '')) return undefined;
  const {
    initialInterval = 1_000,
    backoffCoefficient = 2,
    maximumInterval,
    maximumAttempts = 0,
  } = info.retryPolicy ?? {};
  if (maximumAttempts > 0 && info.attempt >= maximumAttempts) return undefined;
  if (error.nextRetryDelay !== undefined && error.nextRetryDelay !== null)
    return msToNumber(error.nextRetryDelay);
  const first = msToNumber(initialInterval);
  const most = maximumInterval === undefined ? first * 100 : msToNumber(maximumInterval);
  return Math.min(most, first * backoffCoefficient ** (info.attempt - 1));
}

async function within(work: Promise<void>, clock: Clock): Promise<void> {
  let stop: Stop | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    stop = clock.after(PATIENCE_MS, () => reject(new Error('The store did not answer in time.')));
  });
  try {
    await Promise.race([work, over]);
  } finally {
    stop?.();
  }
}
