import { browserClock } from '../clock.js';

/** A call that is made once after the time, however often it is asked for meanwhile. */
export function soon(ms: number, call: () => void): { ask(): void; stop(): void } {
  let stop: (() => void) | undefined;
  return {
    ask() {
      stop ??= browserClock.after(ms, () => {
        stop = undefined;
        call();
      });
    },
    stop: () => stop?.(),
  };
}
