import { createParser } from 'eventsource-parser';
import type { Clock } from '../../domain/engine/clock.js';
import { CommandError, EXIT } from './terminal.js';

export interface ApiClientOptions {
  /** Of the API, with the path that is before its own where there is one: `https://example.com/carryover`. */
  readonly url: string;
  readonly token: string;
  readonly signal?: AbortSignal | undefined;
  readonly clock: Clock;
}

interface ProblemDocument {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly field?: string; readonly detail?: string }[];
}

/** What the API refused, in its own words and with what to do next. */
export class ApiProblem extends CommandError {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message, EXIT.failed);
  }
}

/** The API could not be reached, or did not answer as one. */
export class ApiUnreachable extends CommandError {}

/** Whether it may be better in a moment, as during a deploy. */
export function isAway(error: unknown): boolean {
  return error instanceof CommandError && !(error instanceof ApiProblem && error.status < 500);
}

const REQUEST_TIMEOUT_MS = 30_000;
/** Three times as long as the API is silent at most. */
const STREAM_SILENCE_MS = 45_000;

type Query = Readonly<Record<string, string | undefined>>;

function pathWith(path: string, query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const search = new URLSearchParams(given).toString();
  return search === '' ? path : `${path}?${search}`;
}

/** Talks to the HTTP API, and to nothing else. Every method throws CommandError with words for the person who asked. */
export class ApiClient {
  constructor(private readonly options: ApiClientOptions) {}

  get<Answer>(path: string, query: Query = {}): Promise<Answer> {
    return this.#ask<Answer>('GET', pathWith(path, query));
  }

  post<Answer>(path: string, body?: unknown): Promise<Answer> {
    return this.#ask<Answer>('POST', path, body);
  }

  /** The data of a stream's events, parsed, as they come; errors as in `stream`. */
  async *events<Data>(path: string, signal?: AbortSignal): AsyncGenerator<Data> {
    const ready: Data[] = [];
    const parser = createParser({ onEvent: ({ data }) => ready.push(JSON.parse(data) as Data) });
    const decoder = new TextDecoder();
    for await (const chunk of this.stream(path, 'text/event-stream', {}, signal)) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      yield* ready.splice(0);
    }
  }

  /**
   * A body as it comes; ends when the API ends it. A stream that says nothing for long, not even that it is still there, is over, like
   * one that breaks off: throws ApiUnreachable.
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
      if (!answer.ok) throw await problemOf(answer, path);
      for await (const chunk of answer.body ?? []) {
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
    if (!answer.ok) throw await problemOf(answer, path);
    const text = await answer.text();
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
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const signals = [signal, this.options.signal].filter((each) => each !== undefined);
    try {
      return await fetch(this.options.url.replace(/\/+$/, '') + path, {
        method,
        headers: {
          ...headers,
          authorization: `Bearer ${this.options.token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any(signals),
      });
    } catch (error) {
      this.options.signal?.throwIfAborted();
      const code = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).name;
      throw new ApiUnreachable(
        `Carryover's API at ${this.options.url} cannot be reached (${code}). Is it running? Its address is --url or CARRYOVER_URL.`,
      );
    }
  }
}

/** The API's words: other things may be missing too. */
const NO_ACCOUNT = 'There is no such account.';

const NEXT_STEPS: Readonly<Record<number, string>> = {
  401: 'Give a token that holds, with --token or CARRYOVER_TOKEN; "carryover token --role operator --sub NAME" makes one.',
  429: 'Wait a moment and ask again.',
  500: 'The API’s log tells more.',
};

async function problemOf(answer: Response, path: string): Promise<ApiProblem> {
  const document = (await answer.json().catch(() => ({}))) as ProblemDocument;
  const what =
    document.detail ?? document.title ?? `The API answered ${answer.status} to ${path.split('?', 1)[0]}.`;
  const errors = document.errors ?? [];
  // One alone is in the answer's own words.
  const fields =
    errors.length < 2
      ? []
      : errors.map(({ field, detail }) => `  ${field || 'input'}: ${detail ?? 'is wrong'}`);
  const wait = answer.headers.get('retry-after');
  const next =
    answer.status === 503 && wait
      ? `Ask again in ${wait} s.`
      : what === NO_ACCOUNT
        ? 'Check the account id; "carryover list" shows those that Carryover knows.'
        : NEXT_STEPS[answer.status];
  return new ApiProblem(answer.status, [what, ...fields, ...(next ? [next] : [])].join('\n'));
}
