/** The log of a process: JSON lines, in which errors quote no data. */

import { type DestinationStream, type LogFn, type Logger, pino } from 'pino';
import { currentTraceId } from '../gateways/tracing/spans.js';
import { framesOf, plainWords } from '../domain/engine/plain-words.js';

export interface LogOptions {
  /** A value of `LOG_LEVEL`. */
  readonly level: string;
  /** `api` or `worker`; a field of every line. */
  readonly process: string;
  /** What every line says besides, as it is when the line is written. */
  readonly facts?: (() => object) | undefined;
  /** Default: standard output. */
  readonly destination?: DestinationStream | undefined;
}

const MAX_CAUSES = 5;

/** Errors in the fields `err` (pino's) and `error` (Temporal's) are written by `plainError`. */
export function processLog({ level, process, facts, destination }: LogOptions): Logger {
  const options = {
    level,
    base: { process },
    mixin: () => ({ ...traceOf(), ...facts?.() }),
    serializers: { err: plainError, error: plainError },
    hooks: { logMethod: withPlainMessage },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** The trace that the line belongs to, if there are traces. */
function traceOf(): object {
  const traceId = currentTraceId();
  return traceId === undefined ? {} : { trace_id: traceId };
}

/** Gives a line that has an error and no message plain words; pino would use the error's own message. */
function withPlainMessage(this: Logger, args: Parameters<LogFn>, write: LogFn): void {
  const [facts, message, ...rest] = args as [unknown, string?, ...unknown[]];
  const error = facts instanceof Error ? facts : (facts as { err?: unknown } | null | undefined)?.err;
  if (!(error instanceof Error)) return write.apply(this, args);
  write.call(this, facts instanceof Error ? { err: facts } : facts, message ?? plainWords(error), ...rest);
}

interface PlainError {
  readonly type: string;
  readonly message: string;
  readonly stack: readonly string[];
  readonly cause?: PlainError;
}

/** Other values are written unchanged. */
function plainError(error: unknown): unknown {
  return error instanceof Error ? plain(error, MAX_CAUSES) : error;
}

function plain(error: Error, causes: number): PlainError {
  const { cause } = error;
  return {
    type: error.name,
    message: plainWords(error),
    stack: framesOf(error).map((line) => line.trim()),
    ...(cause instanceof Error && causes > 0 ? { cause: plain(cause, causes - 1) } : {}),
  };
}
