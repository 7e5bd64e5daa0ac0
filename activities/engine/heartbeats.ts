import { Context } from '@temporalio/activity';
import type { Clock } from '../../domain/engine/clock.js';

/** Far shorter than any heartbeat timeout in workflows/engine/activities.ts. */
export const QUIET_MS = 10_000;

/**
 * Suppresses an activity's heartbeats during its first ten seconds: Temporal Cloud bills each one that reaches the server, the SDK sends the first at
 * once, and most activities end sooner. Activities must heartbeat repeatedly.
 */
export function withThrottledHeartbeats<Activities extends object>(
  activities: Activities,
  clock: Clock,
): Activities {
  const sparing = Object.entries(activities as Record<string, Activity>).map(([name, activity]) => {
    const run: Activity = async (...args) => {
      const context = Context.current();
      const send = context.heartbeat.bind(context);
      const began = clock.elapsed();
      const heartbeat: typeof send = (details) => {
        if (clock.elapsed() - began >= QUIET_MS) send(details);
      };
      Object.defineProperty(context, 'heartbeat', { value: heartbeat });
      return activity.apply(activities, args);
    };
    return [name, run] as const;
  });
  return Object.fromEntries(sparing) as Activities;
}

type Activity = (...args: unknown[]) => Promise<unknown>;

export interface Pulse {
  /** Aborted by a cancellation or the worker's shutdown. */
  readonly signal: AbortSignal;
  /** Sends a heartbeat. */
  beat(): void;
  /** Sends a heartbeat, then throws if the signal is aborted. */
  check(): void;
}

/**
 * Sends heartbeats while `work` runs, even during a single long step.
 *
 * @param details what the next attempt receives
 */
export async function withHeartbeats<T>(
  clock: Clock,
  work: (pulse: Pulse) => Promise<T>,
  details?: () => unknown,
): Promise<T> {
  const activity = Context.current();
  const { cancellationSignal: signal } = activity;
  const beat = (): void => activity.heartbeat(details?.());
  const check = (): void => {
    beat();
    signal.throwIfAborted();
  };
  const stop = clock.every(QUIET_MS, beat);
  try {
    return await work({ signal, beat, check });
  } finally {
    stop();
  }
}
