import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { parseRetryAfter } from './retry-after.js';

export interface JsonApiOptions {
  /** With or without a path and a slash at the end. */
  readonly baseUrl: string;
  readonly token: string;
  /** For the whole call, connecting and reading included; default 15 s. */
  readonly timeoutMs?: number;
  /** A longer body is not read on; default 32 MiB. */
  readonly maxBytes?: number;
}

export interface JsonCall {
  readonly method: 'GET' | 'POST';
  /** Segments are put into the URL as they must be written there. */
  readonly path: readonly string[];
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface JsonAnswer {
  readonly status: number;
  /** Undefined where the body is no JSON. */
  readonly body: unknown;
  readonly retryAfterSeconds: number | undefined;
  /** The other side's clock as it answered; undefined where it does not say. */
  readonly date: Date | undefined;
}

/** No usable answer came: refused, cut, too slow, too long. The message says which, without contents. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 32 * 1024 * 1024;

/** Calls of a JSON API with a bearer token. Retries nothing, follows no redirect, throws NoAnswer only. */
export class JsonApi {
  private readonly agent: Agent;
  private readonly base: string;

  constructor(private readonly options: JsonApiOptions) {
    this.base = options.baseUrl.replace(/\/+$/, '');
    this.agent = new Agent({
      connect: { timeout: Math.min(5_000, options.timeoutMs ?? TIMEOUT_MS) },
      maxResponseSize: options.maxBytes ?? MAX_BYTES,
      connections: 16,
    });
  }

  async call(call: JsonCall): Promise<JsonAnswer> {
    const url = [this.base, ...call.path.map((segment) => encodeURIComponent(segment.toWellFormed()))].join(
      '/',
    );
    try {
      const answer = await request(url, {
        method: call.method,
        dispatcher: this.agent,
        headers: {
          authorization: `Bearer ${this.options.token}`,
          accept: 'application/json',
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...call.headers,
        },
        body: call.body === undefined ? null : JSON.stringify(call.body),
        signal: AbortSignal.timeout(this.options.timeoutMs ?? TIMEOUT_MS),
      });
      return { ...factsOf(answer), body: parseJson(await answer.body.text()) };
    } catch (error) {
      throw new NoAnswer(whatHappened(error), { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.agent.close();
  }
}

function factsOf(answer: Dispatcher.ResponseData): Omit<JsonAnswer, 'body'> {
  const date = new Date(textOf(answer.headers['date']) ?? '');
  return {
    status: answer.statusCode,
    retryAfterSeconds: parseRetryAfter(textOf(answer.headers['retry-after']), Date.now()),
    date: Number.isNaN(date.getTime()) ? undefined : date,
  };
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function whatHappened(error: unknown): string {
  if (!(error instanceof Error)) return 'the call failed';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  switch (code) {
    case 'TimeoutError':
    case 'AbortError':
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return 'no answer in time';
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
      return 'the answer is too long';
    default:
      return `the connection failed (${code})`;
  }
}
