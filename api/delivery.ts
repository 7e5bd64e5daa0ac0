import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { DeliveryRound } from '../gateways/store/workflow-messages.js';

export interface DeliveryOptions {
  /** Delivers what is open now, a bounded number; answers what became of it. */
  readonly round: () => Promise<DeliveryRound>;
  readonly log: Logger;
  /** How often it looks for messages that another process wrote and did not deliver. */
  readonly everyMs?: number;
}

const EVERY_MS = 1_000;
const BACKOFF_MS = [500, 1_000, 2_000, 5_000];

/**
 * Brings to Temporal what the store's workflow messages say.
 *
 * 1. Round follows round until one delivers nothing; then it waits: a second, or until `soon` wakes it.
 * 2. A round in which nothing could be delivered is followed by a growing pause, which `soon` does not cut short: while
 *    Temporal is away nobody who calls waits for it.
 */
export class Delivery {
  #stopped = new AbortController();
  #woken = new AbortController();
  #running: Promise<void> | undefined;
  #failures = 0;
  /** Something was written down since the latest round began. */
  #again = false;
  #waiting: (() => void)[] = [];

  constructor(private readonly options: DeliveryOptions) {}

  /** Begins; waits for nothing. A second call does nothing. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Lets the round that is under way end. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#woken.abort();
    await this.#running;
  }

  /** Nothing could be delivered lately. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  /** What is written down now is delivered without delay; nothing is waited for. */
  wake(): void {
    this.#again = true;
    this.#woken.abort();
  }

  /** Ends once what is written down now has been tried, at once while Temporal is known to be away, at the latest after `ms`. */
  async soon(ms: number): Promise<void> {
    if (this.failing || this.#stopped.signal.aborted) return;
    const tried = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.wake();
    const enough = new AbortController();
    await Promise.race([tried, sleep(ms, undefined, { signal: enough.signal }).catch(() => undefined)]);
    enough.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      this.#woken = new AbortController();
      this.#again = false;
      const served = this.#waiting;
      this.#waiting = [];
      await this.#drain();
      for (const serve of served) serve();
      if (!this.#again || this.failing) await this.#pause();
    }
    for (const serve of this.#waiting) serve();
  }

  async #drain(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const { delivered, errors } = await this.options.round().catch((error: unknown) => ({
        delivered: 0,
        errors: [error],
      }));
      if (errors.length > 0) this.#tell(errors);
      this.#failures = errors.length > 0 && delivered === 0 ? this.#failures + 1 : 0;
      if (delivered === 0 || errors.length > 0) return;
    }
  }

  async #pause(): Promise<void> {
    const wait = this.failing
      ? (BACKOFF_MS[Math.min(this.#failures, BACKOFF_MS.length) - 1] ?? EVERY_MS)
      : (this.options.everyMs ?? EVERY_MS);
    const signal = this.failing ? this.#stopped.signal : this.#woken.signal;
    await sleep(wait, undefined, { signal }).catch(() => undefined);
  }

  #tell(errors: readonly unknown[]): void {
    const facts = { err: errors[0], messages: errors.length };
    if (this.#failures === 0)
      this.options.log.warn(facts, 'messages to workflows wait: they could not be delivered');
    else this.options.log.debug(facts, 'messages to workflows still wait');
  }
}
