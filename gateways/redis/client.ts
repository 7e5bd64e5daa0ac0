/** A client of Redis that fails a call at once while Redis is away, and connects again by itself. */

import type { Clock, Stop } from '../../domain/engine/clock.js';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { systemClock } from '../clock.js';
import { parseRedisAddress } from './address.js';
import { CONNECT_MS, connectionTo } from './connection.js';

export interface RedisOptions {
  readonly clock?: Clock;
  /** The longest that a call may take, in milliseconds; default 5 s. */
  readonly timeoutMs?: number;
}

export interface Redis {
  /**
   * Calls made in one turn of the event loop are sent together. The first argument is a key, of EVAL the first key is: a cluster's node is found by it.
   * Throws CarryoverError TargetUnavailable.
   */
  call<Reply = unknown>(command: string, ...args: readonly (string | number)[]): Promise<Reply>;
  /** Throws TargetUnavailable if Redis does not answer within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

const CALL_MS = 5_000;

/** Opens nothing yet: the first call connects. Throws an Error for a URL that `parseRedisAddress` does not take. */
export function openRedis(
  url: string,
  { clock = systemClock, timeoutMs = CALL_MS }: RedisOptions = {},
): Redis {
  let reason = 'it has not answered yet';
  const connection = connectionTo(parseRedisAddress(url), (error) => (reason = wordsOf(error)));
  const ready = async (): Promise<void> => {
    if (connection.client.isReady) return;
    const opened = connection.open().catch((error: unknown) => (reason = wordsOf(error)));
    await until(clock, CONNECT_MS, opened);
    if (!connection.client.isReady) throw unavailable(reason);
  };
  const send = async <Reply>(
    args: readonly string[],
    key: string | undefined,
    ms: number,
  ): Promise<Reply> => {
    await ready();
    const answer = connection.send(args, key);
    answer.catch(() => undefined);
    const found = await until(
      clock,
      ms,
      answer.then((reply) => ({ reply })),
    ).catch((error: unknown) => {
      throw unavailable(wordsOf(error), error);
    });
    if (found === undefined) throw unavailable(`no answer within ${ms} ms`);
    return found.reply as Reply;
  };
  return {
    call(command, ...args) {
      const texts = args.map(String);
      return send([command, ...texts], command === 'EVAL' ? texts[2] : texts[0], timeoutMs);
    },
    ping: async (ms) => void (await send(['PING'], undefined, ms)),
    close: async () => {
      if (connection.client.isOpen) await connection.client.destroy();
    },
  };
}

/** Undefined if it takes longer. */
async function until<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | undefined> {
  let stop: Stop | undefined;
  const late = new Promise<undefined>((resolve) => {
    stop = clock.after(ms, () => resolve(undefined), { ref: false });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    stop?.();
  }
}

function unavailable(reason: string, cause?: unknown): CarryoverError {
  return new CarryoverError('TargetUnavailable', `Redis (ONBOARDING_REDIS_URL) cannot be used: ${reason}.`, {
    cause,
  });
}

/** The code of a network error or the first word of Redis's refusal, never what was written. */
function wordsOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return code;
  const word = /^[A-Z]{2,}\b/.exec(String(message))?.[0];
  return word ?? (error instanceof Error ? error.name : 'an unknown error');
}
