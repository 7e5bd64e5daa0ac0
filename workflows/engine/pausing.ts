/** Pausing and resuming by signals, for all workflows that can be paused. */

import { condition, defineSignal, setHandler } from '@temporalio/workflow';
import { type PauseSignal, type ResumeSignal, SIGNALS, type Steering } from '../../domain/engine/messages.js';
import { steeringOf } from '../../domain/engine/signals.js';

export const pauseSignal = defineSignal<[PauseSignal]>(SIGNALS.pause);
export const resumeSignal = defineSignal<[ResumeSignal]>(SIGNALS.resume);

export interface Pausing {
  /** Who paused the work and when; undefined while it is not paused. */
  readonly pause: Steering | undefined;
  /** The last signal that changed something. */
  readonly latest: Steering | undefined;
  /** Increases with every signal, even one that changes nothing: a resume that arrives before the store's pause is known overrules it. */
  readonly changes: number;
  /** Pauses because the store says so, unless a signal arrived since `changes` had that value. */
  pauseUnlessSignalled(pause: Steering, changes: number): void;
  /** Waits by a condition: a timer would cost. */
  untilResumed(): Promise<void>;
}

/** Registers the signal handlers. MUST be called before the workflow's first await, or a signal sent with the start is lost. */
export function openPausing(initially: Steering | undefined): Pausing {
  let pause = initially;
  let latest = initially;
  let changes = 0;
  const set = (next: Steering | undefined, told: Steering): void => {
    changes += 1;
    if ((pause === undefined) === (next === undefined)) return;
    pause = next;
    latest = told;
  };
  const told = (argument: unknown) => steeringOf(argument, new Date().toISOString());
  setHandler(pauseSignal, (argument: unknown) => set(told(argument), told(argument)));
  setHandler(resumeSignal, (argument: unknown) => set(undefined, told(argument)));
  return {
    get pause() {
      return pause;
    },
    get latest() {
      return latest;
    },
    get changes() {
      return changes;
    },
    pauseUnlessSignalled: (stored, since) => {
      if (changes === since) set(stored, stored);
    },
    untilResumed: () => condition(() => pause === undefined),
  };
}
