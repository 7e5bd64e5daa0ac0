import { type Clock, throwIfAborted } from './clock.js';
import { type Pauses, pauseMs } from './pauses.js';

export interface Persisting {
  readonly clock: Clock;
  readonly random: () => number;
  readonly retryPauses: Pauses;
}

/** Sleeps; throws the signal's reason when aborted, whatever the clock throws. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(ms, { signal });
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  }
}

/** Repeats a call, after growing pauses, until it succeeds or fails for good. */
export async function persist<Result>(
  call: () => Promise<Result>,
  { clock, random, retryPauses }: Persisting,
  signal: AbortSignal | undefined,
): Promise<Result> {
  for (let attempts = 0; ; attempts += 1) {
    try {
      return await call();
    } catch (error) {
      throwIfAborted(signal);
      const failure = error as { readonly isTransient?: boolean; readonly retryAfterSeconds?: number };
      if (failure.isTransient !== true) throw error;
      const atLeastMs = (failure.retryAfterSeconds ?? 0) * 1_000;
      await pause(clock, Math.max(atLeastMs, pauseMs(retryPauses, attempts, random())), signal);
    }
  }
}
