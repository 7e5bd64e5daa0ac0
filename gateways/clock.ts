import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Stop } from '../domain/engine/clock.js';

/** The machine's clock. Nothing else in product code touches timers; everything takes a `Clock`. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (ms, options) => sleep(ms, undefined, options),
  after(ms, task, { ref = true } = {}): Stop {
    const timer = setTimeout(task, ms);
    if (!ref) timer.unref();
    return () => clearTimeout(timer);
  },
  every(ms, task, { ref = true } = {}): Stop {
    const timer = setInterval(task, ms);
    if (!ref) timer.unref();
    return () => clearInterval(timer);
  },
};

/** The deadline of a call that begins now, for libraries that compare it with the machine's clock themselves. */
export function deadlineIn(ms: number): number {
  return Date.now() + ms;
}
