/** Being paused and resumed by signals: what migrations and their brands have in common. */

import { condition, defineSignal, setHandler } from '@temporalio/workflow';
import { type PauseSignal, type ResumeSignal, SIGNALS, type Steering } from '../domain/messages.js';

export const pauseSignal = defineSignal<[PauseSignal]>(SIGNALS.pause);
export const resumeSignal = defineSignal<[ResumeSignal]>(SIGNALS.resume);

/** Who steers by Temporal's own means, where nobody says who it is. */
export const BY_HAND = 'somebody in Temporal';

/** A signal sent by hand may carry nothing; that must not break a run. */
export function steeringOf(told: Partial<Steering> | undefined): Steering {
  return { by: told?.by ?? BY_HAND, at: told?.at ?? new Date().toISOString() };
}

export interface Pausing {
  /** By whom and since when; undefined while the work goes on. */
  readonly pause: Steering | undefined;
  /** The signal that was obeyed last. */
  readonly latest: Steering | undefined;
  /** Grows with every signal that changed something: being told twice is being told once. */
  readonly changes: number;
  /** Paused by something else than a signal. */
  begin(pause: Steering): void;
  /** Waits without a timer, which would cost; a condition does not. */
  untilResumed(): Promise<void>;
}

/** Registers the signal handlers; MUST be called before the workflow's first await, or a signal sent with the start is lost. */
export function openPausing(initially: Steering | undefined): Pausing {
  let pause = initially;
  let latest = initially;
  let changes = 0;
  const set = (next: Steering | undefined, told: Steering): void => {
    if ((pause === undefined) === (next === undefined)) return;
    pause = next;
    latest = told;
    changes += 1;
  };
  setHandler(pauseSignal, (told) => set(steeringOf(told), steeringOf(told)));
  setHandler(resumeSignal, (told) => set(undefined, steeringOf(told)));
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
    begin: (told) => set(told, told),
    untilResumed: () => condition(() => pause === undefined),
  };
}
