/** What activities say of themselves while they are tried again: a workflow hears of no attempt but the last. */

import { defineSignal, setHandler } from '@temporalio/workflow';
import { type RetryingSignal, SIGNALS } from '../../domain/engine/messages.js';
import { retryingOf } from '../../domain/engine/signals.js';

export const retryingSignal = defineSignal<[RetryingSignal]>(SIGNALS.retrying);

export interface Retrying {
  /** The latest word of each activity; undefined while none is being tried again. */
  readonly now: readonly RetryingSignal[] | undefined;
  /** The activity has ended. */
  over(activity: RetryingSignal['activity']): void;
}

/** Registers the signal handler: MUST be called before the workflow's first await. */
export function openRetrying(tell: () => void): Retrying {
  const held = new Map<string, RetryingSignal>();
  setHandler(retryingSignal, (argument?: unknown) => {
    const told = retryingOf(argument);
    if (told === undefined) return;
    held.set(told.activity, told);
    tell();
  });
  return {
    get now() {
      return held.size === 0 ? undefined : [...held.values()];
    },
    over: (activity) => void held.delete(activity),
  };
}
