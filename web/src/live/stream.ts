import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Clock } from '../clock.js';

export type LiveState =
  | { readonly is: 'connecting' }
  | { readonly is: 'live' }
  /** `since`: when the connection was lost. `next`: when it is tried again; undefined while it is tried. */
  | { readonly is: 'reconnecting'; readonly since: number; readonly next: number | undefined }
  | { readonly is: 'signed-out' };

interface Handlers {
  readonly onEvent: (event: EventSourceMessage) => void;
  readonly onState: (state: LiveState) => void;
}

/** The API sends a heartbeat every 15 seconds; a connection that says less is dead. */
const SILENCE_MS = 40_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Follows a stream of Server-Sent Events until it is closed: a lost connection is made again, at growing intervals, and at once when the
 * browser is online again. Unlike EventSource it notices a silent connection, and knows why it was refused.
 */
export class Stream {
  #closed = new AbortController();
  #attempt: AbortController | undefined;
  #wake: (() => void) | undefined;
  #lostAt: number | undefined;
  #failures = 0;

  constructor(
    private readonly url: string,
    private readonly handlers: Handlers,
    private readonly clock: Clock,
  ) {
    const { signal } = this.#closed;
    window.addEventListener('online', () => this.retryNow(), { signal });
    window.addEventListener('offline', () => this.#attempt?.abort(), { signal });
    void this.#run();
  }

  close(): void {
    this.#closed.abort();
    this.#attempt?.abort();
    this.#wake?.();
  }

  /** Ends the pause before the next try. */
  retryNow(): void {
    this.#wake?.();
  }

  async #run(): Promise<void> {
    this.handlers.onState({ is: 'connecting' });
    while (!this.#closed.signal.aborted) {
      const refused = await this.#once();
      if (this.#closed.signal.aborted) return;
      if (refused === 401 || refused === 403) {
        this.handlers.onState({ is: 'signed-out' });
        return;
      }
      this.#lostAt ??= this.clock.now();
      await this.#pause(this.#lostAt);
    }
  }

  /** Answers with the status of a refusal. */
  async #once(): Promise<number | undefined> {
    const attempt = new AbortController();
    this.#attempt = attempt;
    let stopWatch = () => {};
    const watch = () => {
      stopWatch();
      stopWatch = this.clock.after(SILENCE_MS, () => attempt.abort());
    };
    try {
      watch();
      const response = await fetch(this.url, {
        headers: { accept: 'text/event-stream' },
        credentials: 'same-origin',
        cache: 'no-store',
        signal: attempt.signal,
      });
      if (!response.ok || response.body === null) return response.status;
      this.#failures = 0;
      this.#lostAt = undefined;
      this.handlers.onState({ is: 'live' });
      const parser = createParser({ onEvent: this.handlers.onEvent });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        watch();
        parser.feed(read.value);
      }
    } catch {
      // Lost, silent or closed: what follows is the same.
    } finally {
      stopWatch();
    }
    return undefined;
  }

  async #pause(since: number): Promise<void> {
    const longest = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    // Many dashboards must not come back in the same moment.
    const pause = longest * (0.5 + Math.random() / 2);
    this.handlers.onState({ is: 'reconnecting', since, next: this.clock.now() + pause });
    await new Promise<void>((resolve) => {
      const stop = this.clock.after(pause, resolve);
      this.#wake = () => {
        stop();
        resolve();
      };
    });
    this.#wake = undefined;
    if (!this.#closed.signal.aborted) this.handlers.onState({ is: 'reconnecting', since, next: undefined });
  }
}
