import { abortReason, type Clock, throwIfAborted } from './clock.js';
import { CarryoverError, codeOf, type ErrorCode, type ErrorDetails, type Operation } from './errors.js';
import type { Problem } from './types.js';

/** The part of `fetch` that is used; the platform's fits. */
export type Fetch = (
  url: string,
  init: {
    method: string;
    headers: Record<string, string>;
    body?: string;
    credentials: 'omit';
    signal: AbortSignal;
  },
) => Promise<FetchAnswer>;

export interface FetchAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** @param refused the token that the API has refused: return another one */
export type GetToken = (refused?: string) => string | Promise<string>;

export interface Connection {
  readonly baseUrl: string;
  readonly getToken: GetToken;
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

export interface Request {
  readonly operation: Operation;
  readonly accountId: string;
  readonly path: string;
  /** A POST with this body; otherwise a GET. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  /** 200, 202 or 304. */
  readonly status: number;
  readonly etag: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** Parsed JSON; undefined without a body. */
  readonly body: unknown;
}

type Failure = (code: ErrorCode, what: string, details: Partial<ErrorDetails>) => CarryoverError;

interface Exchanged {
  readonly status: number;
  readonly headers: FetchAnswer['headers'];
  readonly text: string;
}

/** Sends one request; a token that is refused is asked for once more. Throws CarryoverError, or the reason of the aborted signal. */
export async function send(connection: Connection, request: Request): Promise<Answer> {
  const { operation, accountId, signal } = request;
  const failure: Failure = (code, what, details) =>
    new CarryoverError(code, what, { operation, accountId, ...details });
  const ask = async (refused?: string): Promise<string> => {
    throwIfAborted(signal);
    try {
      return await connection.getToken(refused);
    } catch (cause) {
      throw failure('no-token', 'getToken failed, so the call was not made.', { cause });
    } finally {
      throwIfAborted(signal);
    }
  };
  const token = await ask();
  let answer = await exchange(connection, request, token, failure);
  if (answer.status === 401) answer = await exchange(connection, request, await ask(token), failure);
  return accepted(answer, failure);
}

/** Throws for every answer but 200, 202 and 304. */
function accepted({ status, headers, text }: Exchanged, failure: Failure): Answer {
  const body = parsed(text);
  const retryAfterSeconds = secondsOf(headers.get('retry-after'));
  if (status === 304 || ((status === 200 || status === 202) && body !== undefined))
    return { status, etag: headers.get('etag') ?? undefined, retryAfterSeconds, body };
  const problem = isProblem(body) ? body : undefined;
  const code = status < 400 ? 'unexpected-answer' : codeOf(status);
  throw failure(code, `the answer is ${status}: ${problem?.detail ?? 'not an answer of Carryover.'}`, {
    status,
    problem,
    retryAfterSeconds,
  });
}

/** Ends when the answer is read, the time is over or the caller aborts, whichever is first. */
async function exchange(
  { baseUrl, fetch, timeoutMs, clock }: Connection,
  { path, body, headers, signal }: Request,
  token: string,
  failure: Failure,
): Promise<Exchanged> {
  const ending = new AbortController();
  let timedOut = false;
  const end = (): void => ending.abort();
  signal?.addEventListener('abort', end);
  clock.sleep(timeoutMs, { signal: ending.signal }).then(
    () => {
      timedOut = true;
      end();
    },
    () => undefined,
  );
  try {
    const answer = await fetch(baseUrl + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      credentials: 'omit',
      signal: ending.signal,
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  } catch (cause) {
    if (signal?.aborted) throw abortReason(signal);
    throw timedOut
      ? failure('timeout', `no answer within ${timeoutMs / 1_000} s.`, { cause })
      : failure('network', `${baseUrl} could not be reached.`, { cause });
  } finally {
    signal?.removeEventListener('abort', end);
    end();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** At most an hour. Undefined for a date, which only proxies send. */
function secondsOf(header: string | null): number | undefined {
  return header !== null && /^\d+$/.test(header) ? Math.min(3_600, Number(header)) : undefined;
}

function isProblem(body: unknown): body is Problem {
  return typeof (body as Partial<Problem> | null | undefined)?.detail === 'string';
}
