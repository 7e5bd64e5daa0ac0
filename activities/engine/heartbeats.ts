import { Context } from '@temporalio/activity';

/** Shorter than any heartbeat timeout of `workflows/conversations/activities.ts` by far. */
export const QUIET_MS = 10_000;

/**
 * Lets heartbeats of an activity through only when it has worked for ten seconds: Temporal Cloud bills each that reaches the server, the
 * SDK sends the first at once, and most activities have ended by then. Whoever gives signs of life must go on giving them.
 */
export function withSparingHeartbeats<Activities extends object>(activities: Activities): Activities {
  const sparing = Object.entries(activities as Record<string, Activity>).map(([name, activity]) => {
    const run: Activity = async (...args) => {
      const context = Context.current();
      const send = context.heartbeat.bind(context);
      const began = performance.now();
      const heartbeat: typeof send = (details) => {
        if (performance.now() - began >= QUIET_MS) send(details);
      };
      Object.defineProperty(context, 'heartbeat', { value: heartbeat });
      return activity.apply(activities, args);
    };
    return [name, run] as const;
  });
  return Object.fromEntries(sparing) as Activities;
}

type Activity = (...args: unknown[]) => Promise<unknown>;
