import type { IncomingHttpHeaders } from 'node:http';
import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../domain/engine/clock.js';
import { systemClock } from '../clock.js';
import { parseRetryAfter } from './retry-after.js';

export interface JsonApiOptions {
  /** With or without a path and a trailing slash. */
  readonly baseUrl: string;
  readonly token: string;
  /** For the whole call, including connecting and reading; default 15 s. */
  readonly timeoutMs?: number;
  /** The maximum length of a body; default 32 MiB. */
  readonly maxBytes?: number;
  readonly clock?: Clock;
}

export interface JsonCall {
  readonly method: 'GET' | 'POST';
  /** Path segments, unescaped. */
  readonly path: readonly string[];
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface JsonAnswer {
  readonly status: number;
  /** Undefined when the body is not JSON. */
  readonly body: unknown;
  readonly retryAfterSeconds: number | undefined;
  /** The response's `Date` header; undefined when there is none. */
  readonly date: Date | undefined;
}

/** The call got no usable answer: refused, cut off, too slow or too long. The message says which, without contents. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 32 * 1024 * 1024;
/** Removes a byte order mark. */
const UTF8 = new TextDecoder();

/** Calls a JSON API with a bearer token. Makes no retries, follows no redirects and throws only NoAnswer. */
export class JsonApi {
  private readonly agent: Agent;
  private readonly origin: string;
  private readonly base: string;
  private readonly clock: Clock;

  constructor(private readonly options: JsonApiOptions) {
    const { origin, pathname } = new URL(options.baseUrl);
    this.clock = options.clock ?? systemClock;
    this.origin = origin;
    this.base = pathname.replace(/\/+$/, '');
    this.agent = new Agent({
      connect: { timeout: Math.min(5_000, options.timeoutMs ?? TIMEOUT_MS) },
      maxResponseSize: options.maxBytes ?? MAX_BYTES,
      connections: 16,
    });
  }

  async call(call: JsonCall): Promise<JsonAnswer> {
    const path = [this.base, ...call.path.map((segment) => encodeURIComponent(segment.toWellFormed()))].join(
      '/',
    );
    try {
      const { headers, status, text } = await this.dispatch({
        origin: this.origin,
        path,
        method: call.method,
        headers: {
          authorization: `Bearer ${this.options.token}`,
          accept: 'application/json',
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...call.headers,
        },
        body: call.body === undefined ? null : JSON.stringify(call.body),
      });
      return { status, ...factsOf(headers, this.clock), body: parseJson(text) };
    } catch (error) {
      throw new NoAnswer(whatHappened(error), { cause: error });
    }
  }

  /** Uses no stream for the body and no AbortSignal for the timeout: together they would cost more than the call. */
  private dispatch(options: Dispatcher.DispatchOptions): Promise<WholeAnswer> {
    return new Promise((resolve, reject) => {
      let running: Dispatcher.DispatchController | undefined;
      let late: Error | undefined;
      let [status, headers]: [number, IncomingHttpHeaders] = [0, {}];
      const chunks: Buffer[] = [];
      const stop = this.clock.after(this.options.timeoutMs ?? TIMEOUT_MS, () => {
        late = new DOMException('No answer came in time.', 'TimeoutError');
        running?.abort(late);
        reject(late);
      });
      const settle = (end: () => void): void => {
        stop();
        end();
      };
      this.agent.dispatch(options, {
        onRequestStart(controller) {
          running = controller;
          if (late !== undefined) controller.abort(late);
        },
        onResponseStart(_controller, code, received) {
          [status, headers] = [code, received];
        },
        onResponseData: (_controller, chunk) => void chunks.push(chunk),
        onResponseEnd: () =>
          settle(() => resolve({ status, headers, text: UTF8.decode(Buffer.concat(chunks)) })),
        onResponseError: (_controller, error) => settle(() => reject(error)),
      });
    });
  }

  async close(): Promise<void> {
    await this.agent.close();
  }
}

interface WholeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function factsOf(headers: IncomingHttpHeaders, clock: Clock): Pick<JsonAnswer, 'retryAfterSeconds' | 'date'> {
  const date = new Date(textOf(headers['date']) ?? '');
  return {
    retryAfterSeconds: parseRetryAfter(textOf(headers['retry-after']), clock.now()),
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
