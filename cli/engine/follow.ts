import type { Clock } from '../../domain/engine/clock.js';
import { ApiProblem, type ApiClient } from './api-client.js';

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Between two questions while the stream of events cannot be had. */
  readonly pollMs?: number;
  /** How long the API may be away, as during a deploy, before that is an error. */
  readonly patienceMs?: number;
}

/**
 * The migration at `path`, again and again as it changes, until the caller stops asking:
 * 1. the migration is asked for once, so that a wrong key or token is reported at once;
 * 2. the stream of events is read for as long as it lasts;
 * 3. when it ends or cannot be had, the migration is asked for after a while, and the stream is tried again.
 *
 * Throws CommandError when the API refuses, or stays away for longer than the patience; the signal's reason when aborted.
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

/** An API that is away, busy or starting comes back; one that says no goes on saying it. */
function rethrowRefusal(error: unknown): void {
  if (error instanceof ApiProblem && [400, 401, 403].includes(error.status)) throw error;
}
