import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { Clock } from '../domain/engine/clock.js';
import { CarryoverError } from '../domain/engine/failures/failures.js';
import { Unusable } from '../domain/engine/unusable.js';
import { systemClock } from './clock.js';

/** `up` is undefined until the first successful check or the first outage. */
export interface Health {
  readonly up: boolean | undefined;
  /** When `up` last changed. */
  readonly since: Date;
  /** For operators: why it is not up. */
  readonly reason?: string;
}

export interface HealthWatchOptions {
  /** As used in sentences: 'Temporal', 'The store'. */
  readonly name: string;
  /** A cheap call that ends within `timeoutMs`. Throws Unusable or a CarryoverError; any other error counts as no answer. */
  readonly check: (timeoutMs: number) => Promise<void>;
  readonly log: Logger;
  readonly everyMs?: number;
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

interface Events {
  /** Emitted for each change, including the first. */
  change: [health: Health];
}

const EVERY_MS = 10_000;
const TIMEOUT_MS = 5_000;
/** The interval after a failure. A single late answer is no outage, and an outage is reported well within a minute. */
const AGAIN_MS = 2_000;

/**
 * Watches a dependency of the process with calls that have deadlines, because a frozen server, or one with a blocked disk, keeps its connections
 * open. Logs one line when two calls in a row fail or the dependency is unusable, and one when it recovers.
 */
export class HealthWatch extends EventEmitter<Events> {
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #asking: Promise<void> | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #problem: Unusable | undefined;
  readonly #clock: Clock;
  #health: Health;

  constructor(private readonly options: HealthWatchOptions) {
    super();
    this.#clock = options.clock ?? systemClock;
    this.#health = { up: undefined, since: this.#now() };
  }

  get health(): Health {
    return this.#health;
  }

  /** Starts watching without waiting for the first check. A second call changes nothing. */
  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  /** Why the latest check failed; undefined when it succeeded. Repeats a check older than `maxAgeMs` first; concurrent callers share it. */
  async latestProblem(maxAgeMs: number): Promise<Unusable | undefined> {
    if (this.#clock.elapsed() - this.#askedAt > maxAgeMs) await this.#ask();
    return this.#problem;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    while (!signal.aborted) {
      await Promise.race([this.#ask(), stopped]);
      const wait = this.#failures === 0 ? (this.options.everyMs ?? EVERY_MS) : AGAIN_MS;
      await this.#clock.sleep(wait, { signal, ref: false }).catch(() => undefined);
    }
  }

  #ask(): Promise<void> {
    this.#asking ??= this.#askOnce().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #askOnce(): Promise<void> {
    const timeoutMs = this.options.timeoutMs ?? TIMEOUT_MS;
    const late = new AbortController();
    const problem = await Promise.race([
      this.options.check(timeoutMs).then(
        () => undefined,
        (error: unknown) => this.#problemOf(error),
      ),
      this.#clock.sleep(timeoutMs + 500, { signal: late.signal, ref: false }).then(
        () => this.#problemOf(undefined),
        () => undefined,
      ),
    ]);
    late.abort();
    this.#askedAt = this.#clock.elapsed();
    this.#problem = problem;
    this.#failures = problem === undefined ? 0 : this.#failures + 1;
    if (this.#stopped.signal.aborted) return;
    if (problem === undefined) this.#becomeUp();
    else if (problem.lasting || this.#failures > 1) this.#becomeDown(problem);
  }

  #becomeUp(): void {
    const { up, since } = this.#health;
    if (up === true) return;
    this.#become({ up: true, since: this.#now() });
    if (up === undefined) return;
    const seconds = Math.round((this.#clock.now() - since.getTime()) / 1_000);
    this.options.log.info({ seconds }, `${this.options.name} is usable again`);
  }

  #becomeDown({ message: reason, lasting }: Unusable): void {
    if (this.#health.reason === reason) return;
    this.#become({ up: false, since: this.#health.up === false ? this.#health.since : this.#now(), reason });
    this.options.log[lasting ? 'error' : 'warn'](reason);
  }

  #become(health: Health): void {
    this.#health = health;
    this.emit('change', health);
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }

  #problemOf(error: unknown): Unusable {
    if (error instanceof Unusable) return error;
    const message = error instanceof CarryoverError ? error.message : `${this.options.name} does not answer.`;
    return new Unusable(message, { lasting: false, cause: error });
  }
}
