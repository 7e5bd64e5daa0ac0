import { Context } from '@temporalio/activity';
import type { Clock } from '../../../domain/engine/clock.js';
import type { Lane } from '../../../gateways/store/work/slices.js';

/** A lane ends after this, so that Temporal sees that it makes progress. */
export const LANE_MS = 600_000;
/** Temporal Cloud bills each heartbeat; its timeout is in workflows/engine/activities.ts. */
export const BEAT_EVERY_MS = 60_000;

/**
 * Does the work of an activity for ten minutes, with heartbeats. Aborts its signal then, or once the activity is cancelled. Another call continues.
 */
export async function forTenMinutes<Result>(
  clock: Clock,
  work: (lane: Lane, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const activity = Context.current();
  const { info, cancellationSignal } = activity;
  const stop = new AbortController();
  const signal = AbortSignal.any([cancellationSignal, stop.signal]);
  const timers = [
    clock.after(LANE_MS, () => stop.abort()),
    clock.every(BEAT_EVERY_MS, () => activity.heartbeat()),
  ];
  const lane = { name: `${info.workflowExecution?.runId}/${info.activityId}`, attempt: info.attempt };
  try {
    const result = await work(lane, signal);
    if (cancellationSignal.aborted && activity.cancellationDetails?.workerShutdown !== true)
      await activity.cancelled;
    return result;
  } finally {
    for (const stopTimer of timers) stopTimer();
  }
}
