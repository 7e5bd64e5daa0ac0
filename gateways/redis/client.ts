/** A client of Redis that fails a call at once while Redis is away, and connects again by itself. */

import { createClient } from '@redis/client';
import type { Clock, Stop } from '../../domain/engine/clock.js';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { systemClock } from '../clock.js';

export interface RedisOptions {
  readonly clock?: Clock;
  /** The longest that a call may take, in milliseconds; default 5 s. */
  readonly timeoutMs?: number;
}

export interface Redis {
  /** Calls made in one turn of the event loop are sent together. Throws CarryoverError TargetUnavailable. */
  call<Reply = unknown>(command: string, ...args: readonly (string | number)[]): Promise<Reply>;
  /** Throws TargetUnavailable if Redis does not answer within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

const CALL_MS = 5_000;
/** How long a call waits for a connection that is being opened. */
const CONNECT_MS = 2_000;
const MOST_BETWEEN_TRIES_MS = 1_000;

/** Opens nothing yet: the first call connects. */
export function openRedis(
  url: string,
  { clock = systemClock, timeoutMs = CALL_MS }: RedisOptions = {},
): Redis {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: {
      connectTimeout: CONNECT_MS,
      reconnectStrategy: (tries) => Math.min(50 * 2 ** tries, MOST_BETWEEN_TRIES_MS),
    },
  });
  let reason = 'it has not answered yet';
  client.on('error', (error: unknown) => (reason = wordsOf(error)));
  let connecting: Promise<unknown> | undefined;
  let opened: Promise<void> | undefined;
  const ready = async (): Promise<void> => {
    if (client.isReady) return;
    connecting ??= client.connect().catch((error: unknown) => (reason = wordsOf(error)));
    // One listener for all that wait.
    opened ??= new Promise<void>((resolve) => client.once('ready', resolve)).finally(
      () => (opened = undefined),
    );
    await until(clock, CONNECT_MS, opened);
    if (!client.isReady) throw unavailable(reason);
  };
  const send = async <Reply>(args: readonly string[], ms: number): Promise<Reply> => {
    await ready();
    const answer = client.sendCommand(args);
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
    call: (command, ...args) => send([command, ...args.map(String)], timeoutMs),
    ping: async (ms) => void (await send(['PING'], ms)),
    close: async () => {
      if (client.isOpen) client.destroy();
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
