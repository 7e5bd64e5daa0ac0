import type { Clock } from '../../../domain/engine/clock.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';

const TRIES = 5;
const FIRST_PAUSE_MS = 250;
/** A source that fails for this long is left to Temporal's retries. */
const PATIENCE_MS = 20_000;

/**
 * Retries a request to the source when it is busy or briefly unavailable, so that one hiccup does not end a lane with all its slices. Throws the last
 * error unchanged, or the signal's reason.
 *
 * A throttling source does answer, and a request may wait long for its token, so only tries count then. Each try waits for the table's token bucket
 * (gateways/dynamodb/client.ts), so retries add no load.
 */
export async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal, clock: Clock): Promise<T> {
  const begun = clock.elapsed();
  for (let tried = 1; ; tried += 1) {
    try {
      return await ask();
    } catch (error) {
      const pause = pauseAfter(error, tried);
      if (pause === undefined || signal.aborted) throw error;
      const silent = error instanceof CarryoverError && error.type === 'SourceUnavailable';
      if (silent && clock.elapsed() - begun + pause > PATIENCE_MS) throw error;
      await clock.sleep(pause, { signal });
    }
  }
}

/** Milliseconds; undefined when another try is pointless. */
function pauseAfter(error: unknown, tried: number): number | undefined {
  if (!(error instanceof CarryoverError) || tried >= TRIES) return undefined;
  if (error.type !== 'SourceUnavailable' && error.type !== 'SourceThrottled') return undefined;
  const own = FIRST_PAUSE_MS * 2 ** (tried - 1) * (0.5 + Math.random());
  return Math.max(own, (error.options.retryAfterSeconds ?? 0) * 1_000);
}
