import type { Problem } from './types.js';

export type Operation = 'getAccount' | 'checkStatus' | 'startMigration';

/**
 * What went wrong. After the first six, the same call may succeed later: `migrate` repeats it and reports nothing.
 *
 * - `network`: no answer came; the device may be offline.
 * - `timeout`: no answer came in time.
 * - `no-token`: `getToken` failed.
 * - `busy`: too many requests (429).
 * - `unavailable`: the server cannot answer at the moment (408, 5xx).
 * - `unexpected-answer`: not Carryover's answer, such as the sign-in page of a public network.
 * - `unauthorized`: the token was refused, and so was a new one (401).
 * - `forbidden`: the token's role may not make this call (403).
 * - `not-found`: there is no such account, or the token is another account's (404).
 * - `refused`: any other refusal (4xx).
 */
export type ErrorCode =
  | 'network'
  | 'timeout'
  | 'no-token'
  | 'busy'
  | 'unavailable'
  | 'unexpected-answer'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'refused';

const TRANSIENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'network',
  'timeout',
  'no-token',
  'busy',
  'unavailable',
  'unexpected-answer',
]);

export interface ErrorDetails {
  readonly operation: Operation;
  readonly accountId: string;
  /** The answer's HTTP status, if there was an answer. */
  readonly status?: number | undefined;
  /** The server's own description (RFC 9457). */
  readonly problem?: Problem | undefined;
  /** When the server says that a retry makes sense. */
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** The only error of this package. Compare `name` or `code`, not the class: an app may have loaded the package twice. */
export class CarryoverError extends Error {
  override readonly name = 'CarryoverError';
  readonly operation: Operation;
  readonly accountId: string;
  readonly status: number | undefined;
  readonly problem: Problem | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** What a platform or `getToken` threw. */
  override readonly cause: unknown;

  constructor(
    readonly code: ErrorCode,
    what: string,
    { operation, accountId, status, problem, retryAfterSeconds, cause }: ErrorDetails,
  ) {
    super(`${operation} of account ${accountId}: ${what}`);
    this.operation = operation;
    this.accountId = accountId;
    this.status = status;
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
    this.cause = cause;
  }

  /** Whether the same call may succeed later. */
  get isTransient(): boolean {
    return TRANSIENT.has(this.code);
  }
}

/** The code for an answer with this status. */
export function codeOf(status: number): ErrorCode {
  if (status >= 500 || status === 408) return 'unavailable';
  return CODES[status] ?? (status >= 400 ? 'refused' : 'unexpected-answer');
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  429: 'busy',
};
