import { type CarryoverError, FAILURES } from '../../domain/engine/failures/failures.js';

/** The problems of RFC 9457 that the API answers with. `type` is stable: programs may compare it. */
const PROBLEMS = {
  'invalid-input': { status: 400, title: 'The request does not match the API description' },
  unauthorized: { status: 401, title: 'A valid token is needed' },
  'signature-invalid': { status: 401, title: 'The signature is not valid' },
  forbidden: { status: 403, title: 'This role may not do that' },
  'cross-site': { status: 403, title: 'The request may come from another site' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'This path does not support that method' },
  conflict: { status: 409, title: 'That conflicts with the current state' },
  gone: { status: 410, title: 'It existed, and is no longer valid' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body must be JSON' },
  unprocessable: { status: 422, title: 'The data does not allow that' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'An internal error' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemName = keyof typeof PROBLEMS;

export interface InputError {
  /** The field's name; empty if the error is about the whole. */
  readonly field: string;
  readonly in: 'body' | 'query' | 'path' | 'header';
  /** JSON pointer to the field, as a URI fragment. */
  readonly pointer: string;
  readonly detail: string;
}

export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly InputError[];
  readonly checks?: Readonly<Record<string, string>>;
  readonly ways?: readonly string[];
}

interface ProblemExtras {
  /** A type of the kind's own, in place of the problem's name. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly errors?: readonly InputError[];
  readonly checks?: Readonly<Record<string, string>>;
  readonly ways?: readonly string[];
  readonly cause?: unknown;
  /** Whether the log already has it, so that requests do not repeat it. */
  readonly isLogged?: boolean;
}

/** Thrown by routes and hooks, and answered by the error handler. Callers see `detail`: no personal data, no secrets. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;

  constructor(
    readonly problem: ProblemName,
    readonly detail: string,
    readonly extras: ProblemExtras = {},
  ) {
    super(detail, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.status = PROBLEMS[problem].status;
  }

  get document(): ProblemDocument {
    const { status, title } = PROBLEMS[this.problem];
    const { type = this.problem, errors, checks, ways } = this.extras;
    return {
      type: `urn:carryover:problem:${type}`,
      title,
      status,
      detail: this.detail,
      ...(errors === undefined ? {} : { errors }),
      ...(checks === undefined ? {} : { checks }),
      ...(ways === undefined ? {} : { ways }),
    };
  }
}

/** A 503. @param seconds after which a retry makes sense */
export function unavailable(detail: string, seconds: number, cause?: unknown): Problem {
  return new Problem('unavailable', detail, {
    headers: { 'retry-after': String(Math.max(1, Math.ceil(seconds))) },
    cause,
  });
}

export function unreadableBody(): Problem {
  return new Problem('invalid-input', 'The body is not valid JSON.', {
    errors: [{ field: '', in: 'body', pointer: '#', detail: 'must be JSON' }],
  });
}

export function unknownAccount(): Problem {
  return new Problem('not-found', 'There is no such account.');
}

const TRANSIENT_RETRY_SECONDS = 5;
const FINAL_RETRY_SECONDS = 60;

/** The problem that answers a gateway's failure. */
export function problemOfFailure(error: CarryoverError): Problem {
  if (error.type === 'AccountUnknown') return unknownAccount();
  const otherwise = FAILURES[error.type].repeat === 'final' ? FINAL_RETRY_SECONDS : TRANSIENT_RETRY_SECONDS;
  return unavailable(sentence(error), error.options.retryAfterSeconds ?? otherwise, error);
}

function sentence({ type, message }: CarryoverError): string {
  if (type === 'TargetUnavailable') return `${message} Try again later.`;
  const who = type.startsWith('Source')
    ? 'Conversations cannot be reached'
    : type === 'StoreUnavailable'
      ? 'The store cannot be reached'
      : 'This is not possible';
  return `${who} at the moment. Try again later.`;
}
