import type { Clock } from '../../../domain/engine/clock.js';
import { ApiProblem, type ApiClient } from './client.js';

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Time between two polls while there is no stream of events. */
  readonly pollMs?: number;
  /** How long the API may be unreachable, as during a deploy, before that is an error. */
  readonly patienceMs?: number;
}

/**
 * Yields the migration at `path` each time that it changes, until the caller stops iterating:
 * 1. Get the migration once, so that a wrong key or token is reported at once.
 * 2. Read the stream of events for as long as it lasts.
 * 3. When the stream ends or fails, wait `pollMs`, get the migration, and try the stream again.
 *
 * Throws CommandError if the API refuses, or is unreachable for longer than `patienceMs`; the signal's reason if aborted.
 */
export async function* follow<View>(
  api: ApiClient,
  path: string,
  { signal, clock, pollMs = 2_000, patienceMs = 60_000 }: FollowOptions,
): AsyncGenerator<View> {
  yield await api.get<View>(path);
  let heard = clock.elapsed();
  for (;;) {
    try {
      for await (const view of api.events<View>(`${path}/events`, signal)) {
        heard = clock.elapsed();
        yield view;
      }
    } catch (error) {
      signal.throwIfAborted();
      rethrowRefusal(error);
    }
    await clock.sleep(pollMs, { signal }).catch(() => signal.throwIfAborted());
    try {
      yield await api.get<View>(path);
      heard = clock.elapsed();
    } catch (error) {
      signal.throwIfAborted();
      rethrowRefusal(error);
      if (clock.elapsed() - heard > patienceMs) throw error;
    }
  }
}

/** An API that is unreachable, busy or starting recovers; a refused request stays refused. */
function rethrowRefusal(error: unknown): void {
  if (error instanceof ApiProblem && [400, 401, 403].includes(error.status)) throw error;
}
