/** Being paused and resumed by signals: what migrations and their brands have in common. */

import { condition, defineSignal, setHandler } from '@temporalio/workflow';
import { type PauseSignal, type ResumeSignal, SIGNALS, type Steering } from '../../domain/engine/messages.js';
import { steeringOf } from '../../domain/engine/signals.js';

export const pauseSignal = defineSignal<[PauseSignal]>(SIGNALS.pause);
export const resumeSignal = defineSignal<[ResumeSignal]>(SIGNALS.resume);

export interface Pausing {
  /** By whom and since when; undefined while the work goes on. */
  readonly pause: Steering | undefined;
  /** The signal that was obeyed last. */
  readonly latest: Steering | undefined;
  /**
   * Grows with every signal, also with one that finds the work as it wants it: a resume of work that is not paused yet overrules
   * a pause that was read from the store before it.
   */
  readonly changes: number;
  /** Paused by the store's word, unless a signal has come since `changes` had that value. */
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
