import { Context } from '@temporalio/activity';
import type { Clock } from '../../domain/engine/clock.js';

/** Shorter than any heartbeat timeout of `the proxies in workflows/` by far. */
export const QUIET_MS = 10_000;

/**
 * Lets heartbeats of an activity through only when it has worked for ten seconds: Temporal Cloud bills each that reaches the server, the
 * SDK sends the first at once, and most activities have ended by then. Whoever gives signs of life must go on giving them.
 */
export function withSparingHeartbeats<Activities extends object>(
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
  /** A sign of life. */
  beat(): void;
  /** A sign of life. Throws once the signal is aborted. */
  check(): void;
}

/**
 * Gives signs of life while `work` runs, also when a single step of it takes long.
 *
 * @param details what the next attempt receives
 */
export async function whileBeating<T>(
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
