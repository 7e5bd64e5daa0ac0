import type { Logger } from 'pino';
import type { Clock } from '../domain/engine/clock.js';
import type { DeliveryRound, UndeliveredMessage } from '../gateways/store/migrations/outbox.js';

export interface DeliveryOptions {
  readonly clock: Clock;
  /** Delivers a bounded number of open messages, and returns the outcome. */
  readonly round: () => Promise<DeliveryRound>;
  /** Makes messages that wait after a failure due at once. */
  readonly retryAll: () => Promise<void>;
  readonly log: Logger;
  /** Whether answers are being written that should go first; delivery gives way for at most a second. */
  readonly isBusy?: () => boolean;
  /** How often to look for messages that another process wrote and did not deliver. */
  readonly everyMs?: number;
}

const EVERY_MS = 1_000;
const BACKOFF_MS = [500, 1_000, 2_000, 5_000];
const GIVES_WAY_MS = 50;
const GIVES_WAY_TURNS = 20;
/** A message is logged as an error after this many failures while others were delivered. */
const REPORTED_AFTER_TRIES = 6;

/**
 * Delivers the store's workflow messages to Temporal.
 *
 * 1. Run rounds until one delivers nothing; then wait a second, or until `soon` or `wake`.
 * 2. A round that delivers nothing, although it had new messages, is an outage. A growing pause follows, which `soon` does not cut short, so
 *    that no caller waits for Temporal. When a round succeeds again, or `revive` is called, everything is due at once.
 * 3. A message that fails while others are delivered waits alone, longer each time, and does not hold up others.
 */
export class Delivery {
  #stopped = new AbortController();
  #woken = new AbortController();
  #running: Promise<void> | undefined;
  #failures = 0;
  /** Whether messages were written since the latest round began. */
  #again = false;
  #waiting: (() => void)[] = [];

  constructor(private readonly options: DeliveryOptions) {}

  /** Begins delivering in the background. A second call does nothing. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Stops after the current round. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#woken.abort();
    await this.#running;
  }

  /** Whether the latest rounds delivered nothing because of an outage. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  /** Delivers open messages without delay, unless Temporal is known to be unreachable. Does not wait. */
  wake(): void {
    this.#again = true;
    if (!this.failing && !this.#woken.signal.aborted) this.#woken.abort();
  }

  /** Tries everything that waits, because Temporal is reachable again. */
  async revive(): Promise<void> {
    await this.options.retryAll().catch(() => undefined);
    this.#failures = 0;
    this.wake();
  }

  /** Resolves once open messages have been tried; after `ms` at the latest, and at once while Temporal is known to be unreachable. */
  async soon(ms: number): Promise<void> {
    if (this.failing || this.#stopped.signal.aborted) return;
    const tried = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.wake();
    const enough = new AbortController();
    await Promise.race([
      tried,
      this.options.clock.sleep(ms, { signal: enough.signal }).catch(() => undefined),
    ]);
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
    let turns = GIVES_WAY_TURNS;
    while (!this.#stopped.signal.aborted) {
      turns = await this.#giveWay(turns);
      const round = await this.options
        .round()
        .catch((error: unknown) => ({ delivered: 0, errors: [], broken: error }));
      await this.#judge(round);
      if (round.delivered === 0) return;
    }
  }

  /** Returns the number of turns left for the following rounds. */
  async #giveWay(turns: number): Promise<number> {
    const { clock, isBusy = () => false } = this.options;
    let left = turns;
    for (; left > 0 && isBusy() && !this.#stopped.signal.aborted; left -= 1) await clock.sleep(GIVES_WAY_MS);
    return left;
  }

  async #judge({ delivered, errors, broken }: DeliveryRound & { readonly broken?: unknown }): Promise<void> {
    if (delivered > 0) {
      const wasFailing = this.failing;
      this.#failures = 0;
      if (wasFailing) await this.options.retryAll().catch(() => undefined);
    } else if (broken !== undefined || errors.some(({ tries }) => tries === 1)) {
      this.#logOutage(broken ?? errors[0]?.error);
      this.#failures += 1;
    }
    if (!this.failing) for (const undelivered of errors) this.#logUndelivered(undelivered);
  }

  async #pause(): Promise<void> {
    const wait = this.failing
      ? (BACKOFF_MS[Math.min(this.#failures, BACKOFF_MS.length) - 1] ?? EVERY_MS)
      : (this.options.everyMs ?? EVERY_MS);
    await this.options.clock.sleep(wait, { signal: this.#woken.signal }).catch(() => undefined);
  }

  #logOutage(err: unknown): void {
    if (this.failing) this.options.log.debug({ err }, 'messages to workflows still cannot be delivered');
    else this.options.log.warn({ err }, 'messages to workflows cannot be delivered; they are retried');
  }

  #logUndelivered({
    message: { migration, workflowId, signal },
    tries,
    error: err,
  }: UndeliveredMessage): void {
    if (tries !== REPORTED_AFTER_TRIES) return;
    const facts = { ...migration, workflowId, signal, tries, err };
    this.options.log.error(
      facts,
      'a message to a workflow cannot be delivered; it is retried, and does not hold up others',
    );
  }
}
