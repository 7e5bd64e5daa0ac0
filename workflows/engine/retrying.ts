/** Tracks activities that are being retried, from their own reports: Temporal reports only the last attempt to a workflow. */

import { defineSignal, setHandler } from '@temporalio/workflow';
import { type RetryingSignal, SIGNALS } from '../../domain/engine/messages.js';
import { retryingOf } from '../../domain/engine/signals.js';

export const retryingSignal = defineSignal<[RetryingSignal]>(SIGNALS.retrying);

export interface Retrying {
  /** The latest report of each activity; undefined while none is being retried. */
  readonly now: readonly RetryingSignal[] | undefined;
  /** The activity has ended. */
  over(activity: RetryingSignal['activity']): void;
  /** All other activities have ended. */
  overExcept(activities: readonly RetryingSignal['activity'][]): void;
}

/** Registers the signal handler. MUST be called before the workflow's first await. */
export function openRetrying(report: () => void): Retrying {
  const held = new Map<string, RetryingSignal>();
  setHandler(retryingSignal, (argument?: unknown) => {
    const retrying = retryingOf(argument);
    if (retrying === undefined) return;
    held.set(retrying.activity, retrying);
    report();
  });
  return {
    get now() {
      return held.size === 0 ? undefined : [...held.values()];
    },
    over: (activity) => void held.delete(activity),
    overExcept: (activities) => {
      for (const activity of held.keys()) if (!activities.includes(activity)) held.delete(activity);
    },
  };
}
