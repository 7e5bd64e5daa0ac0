import type { Clock } from '../../domain/engine/clock.js';
import { CarryoverError } from '../../domain/engine/failures.js';

const TRIES = 5;
const FIRST_PAUSE_MS = 250;
/** Whoever has not answered for so long is a matter for Temporal's retries. */
const PATIENCE_MS = 20_000;

/**
 * Asks the source again when it is busy or does not answer for a moment, so that one hiccup does not end a lane with all its
 * slices. What does not pass is thrown as it came; so is the signal's reason.
 *
 * A source that throttles does answer. What was asked may have waited long for its turn there, which says nothing against it: only
 * tries count then. Each has waited for the table's bucket (gateways/dynamodb/client.ts), so that they add nothing to its load.
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

/** Milliseconds; undefined when it is not worth another try. */
function pauseAfter(error: unknown, tried: number): number | undefined {
  if (!(error instanceof CarryoverError) || tried >= TRIES) return undefined;
  if (error.type !== 'SourceUnavailable' && error.type !== 'SourceThrottled') return undefined;
  const own = FIRST_PAUSE_MS * 2 ** (tried - 1) * (0.5 + Math.random());
  return Math.max(own, (error.options.retryAfterSeconds ?? 0) * 1_000);
}
