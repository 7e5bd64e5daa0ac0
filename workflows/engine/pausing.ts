/** Pausing and resuming by signals, for every workflow that can be paused. */

import { condition, defineSignal, setHandler } from '@temporalio/workflow';
import { type PauseSignal, type ResumeSignal, SIGNALS, type Steering } from '../../domain/engine/messages.js';
import { steeringOf } from '../../domain/engine/signals.js';

export const pauseSignal = defineSignal<[PauseSignal]>(SIGNALS.pause);
export const resumeSignal = defineSignal<[ResumeSignal]>(SIGNALS.resume);

export interface Pausing {
  /** By whom and since when; undefined while the work is not paused. */
  readonly pause: Steering | undefined;
  /** The last signal that changed something. */
  readonly latest: Steering | undefined;
  /**
   * Grows with every signal, also with one that changes nothing: a resume of work that is not paused yet overrules a pause that was read
   * from the store before it.
   */
  readonly changes: number;
  /** Pauses because the store says so, unless a signal came since `changes` had that value. */
  beginUnlessTold(pause: Steering, changes: number): void;
  /** Waits without a timer, which would cost; a condition does not. */
  untilResumed(): Promise<void>;
}

/** Registers the signal handlers; MUST be called before the workflow's first await, or a signal sent with the start is lost. */
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
    beginUnlessTold: (stored, since) => {
      if (changes === since) set(stored, stored);
    },
    untilResumed: () => condition(() => pause === undefined),
  };
}
