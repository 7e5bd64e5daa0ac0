import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../../domain/engine/clock.js';
import { send, textOf } from './http.js';
import { CommandError, EXIT } from '../terminal/terminal.js';

export interface ApiClientOptions {
  /** The API's address. A path prefix, as behind a proxy, is kept: `https://example.com/carryover`. */
  readonly url: string;
  /** Or a function that finds it, called for each request; undefined if `headers` identify the caller. */
  readonly token?: string | (() => Promise<string>) | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What to do about a status, where it differs from the common words. */
  readonly nextSteps?: Readonly<Record<number, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly clock: Clock;
}

interface ProblemDocument {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly (string | { readonly field?: string; readonly detail?: string })[];
  /** As Chatwoot answers. */
  readonly error?: string;
}

/** The API refused the request. The message is the API's own, followed by the next step. */
export class ApiProblem extends CommandError {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message, EXIT.failed);
  }
}

/** The API could not be reached, or something else answered in its place. */
export class ApiUnreachable extends CommandError {}

/** Whether a retry may succeed in a moment, as during a deploy. */
export function isAway(error: unknown): boolean {
  return error instanceof CommandError && !(error instanceof ApiProblem && error.status < 500);
}

const REQUEST_TIMEOUT_MS = 30_000;
/** Three times the longest interval between two writes of the API to a stream. */
const STREAM_SILENCE_MS = 45_000;

type Query = Readonly<Record<string, string | undefined>>;

function pathWith(path: string, query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const search = new URLSearchParams(given).toString();
  return search === '' ? path : `${path}?${search}`;
}

/** The client of the HTTP API. Every method throws CommandError, whose message tells the operator what happened and what to do. */
export class ApiClient {
  constructor(private readonly options: ApiClientOptions) {}

  /** Without a slash at its end. */
  get address(): string {
    return this.options.url.replace(/\/+$/, '');
  }

  get<Answer>(path: string, query: Query = {}): Promise<Answer> {
    return this.#ask<Answer>('GET', pathWith(path, query));
  }

  post<Answer>(path: string, body?: unknown): Promise<Answer> {
    return this.#ask<Answer>('POST', path, body);
  }

  /** Yields the parsed data of each event of a stream. Throws as `stream` does. */
  async *events<Data>(path: string, signal?: AbortSignal): AsyncGenerator<Data> {
    // Only commands that watch need it.
    const { createParser } = await import('eventsource-parser');
    const ready: Data[] = [];
    const parser = createParser({ onEvent: ({ data }) => ready.push(JSON.parse(data) as Data) });
    const decoder = new TextDecoder();
    for await (const chunk of this.stream(path, 'text/event-stream', {}, signal)) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      yield* ready.splice(0);
    }
  }

  /**
   * Yields a body chunk by chunk and ends when the API ends it. Throws ApiUnreachable if the stream breaks off, or if nothing arrives, not
   * even a keep-alive, for STREAM_SILENCE_MS.
   */
  async *stream(
    path: string,
    accept: string,
    query: Query = {},
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const silence = new AbortController();
    const signals = signal === undefined ? [silence.signal] : [silence.signal, signal];
    const watchSilence = () => this.options.clock.after(STREAM_SILENCE_MS, () => silence.abort());
    let stopWatching = watchSilence();
    try {
      const whole = pathWith(path, query);
      const answer = await this.#fetch('GET', whole, { accept }, undefined, AbortSignal.any(signals));
      if (!isFine(answer)) throw await problemOf(answer, path, this.options.nextSteps);
      for await (const chunk of answer) {
        stopWatching();
        stopWatching = watchSilence();
        yield chunk as Uint8Array;
      }
    } catch (error) {
      if (error instanceof CommandError) throw error;
      this.#rethrowAbort(signal);
      throw new ApiUnreachable(`The stream of ${this.options.url} broke off.`);
    } finally {
      stopWatching();
      silence.abort();
    }
  }

  #rethrowAbort(signal: AbortSignal | undefined): void {
    this.options.signal?.throwIfAborted();
    signal?.throwIfAborted();
  }

  async #ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const answer = await this.#fetch(method, path, { accept: 'application/json' }, body, timeout);
    if (!isFine(answer)) throw await problemOf(answer, path, this.options.nextSteps);
    const text = await this.#read(answer, timeout);
    try {
      return JSON.parse(text) as Answer;
    } catch {
      throw new ApiUnreachable(
        `${this.options.url} does not answer like Carryover's API. Check --url or CARRYOVER_URL.`,
      );
    }
  }

  async #fetch(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: unknown,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const signals = [signal, this.options.signal].filter((each) => each !== undefined);
    const { token: given } = this.options;
    const token = typeof given === 'function' ? await given() : given;
    try {
      return await send(this.address + path, {
        method,
        headers: {
          ...headers,
          ...this.options.headers,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.any(signals),
      });
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  async #read(answer: IncomingMessage, timeout: AbortSignal): Promise<string> {
    try {
      return await textOf(answer);
    } catch (error) {
      throw this.#unreachable(timeout.aborted ? timeout.reason : error);
    }
  }

  /** Throws the signal's reason instead if the operator has interrupted the command. */
  #unreachable(error: unknown): ApiUnreachable {
    this.options.signal?.throwIfAborted();
    const { code, name } = error as NodeJS.ErrnoException;
    return new ApiUnreachable(
      `Carryover's API at ${this.options.url} cannot be reached (${typeof code === 'string' ? code : name}). Is it running? Its address is --url or CARRYOVER_URL.`,
    );
  }
}

function isFine({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** The detail of the API's 404 for an unknown account; a 404 may also be about something else. */
const NO_ACCOUNT = 'There is no such account.';

const NEXT_STEPS: Readonly<Record<number, string>> = {
  401: 'Give a valid token with --token or CARRYOVER_TOKEN; "carryover token --role operator --sub NAME" creates one.',
  429: 'Wait a moment, then try again.',
  500: 'See the API’s log for the cause.',
};

async function problemOf(
  answer: IncomingMessage,
  path: string,
  nextSteps: Readonly<Record<number, string>> = NEXT_STEPS,
): Promise<CommandError> {
  const { statusCode: status = 0, headers } = answer;
  if (status < 400 && headers.location !== undefined)
    return new ApiUnreachable(`The API has moved to ${headers.location}. Correct --url or CARRYOVER_URL.`);
  const document = await documentOf(answer);
  const errors = document.errors ?? [];
  const said = errors.find((each) => typeof each === 'string');
  const what =
    document.detail ??
    document.error ??
    said ??
    document.title ??
    `The API answered ${status} to ${path.split('?', 1)[0]}.`;
  // A single error is already in the detail.
  const fields =
    errors.length < 2
      ? []
      : errors.map((each) =>
          typeof each === 'string'
            ? `  ${each}`
            : `  ${each.field || 'input'}: ${each.detail ?? 'is invalid'}`,
        );
  const wait = headers['retry-after'];
  const next =
    status === 503 && wait
      ? `Try again in ${wait} s.`
      : what === NO_ACCOUNT
        ? 'Check the account id; "carryover list" shows the accounts that Carryover knows.'
        : nextSteps[status];
  return new ApiProblem(status, [what, ...fields, ...(next ? [next] : [])].join('\n'));
}

/** Empty if the body is no JSON object: a proxy may have answered. */
async function documentOf(answer: IncomingMessage): Promise<ProblemDocument> {
  try {
    return (JSON.parse(await textOf(answer)) as ProblemDocument | null) ?? {};
  } catch {
    return {};
  }
}
