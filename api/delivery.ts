import type { Logger } from 'pino';
import type { Clock } from '../domain/engine/clock.js';
import type { DeliveryRound, UndeliveredMessage } from '../gateways/store/migrations/outbox.js';

export interface DeliveryOptions {
  readonly clock: Clock;
  /** Delivers what is open now, a bounded number; answers what became of it. */
  readonly round: () => Promise<DeliveryRound>;
  /** Makes what was left open by failures due at once. */
  readonly retryAll: () => Promise<void>;
  readonly log: Logger;
  /** Answers are being written that should go first; for a second at most. */
  readonly isBusy?: () => boolean;
  /** How often it looks for messages that another process wrote and did not deliver. */
  readonly everyMs?: number;
}

const EVERY_MS = 1_000;
const BACKOFF_MS = [500, 1_000, 2_000, 5_000];
const GIVES_WAY_MS = 50;
const GIVES_WAY_TURNS = 20;
/** A message that has failed so often, while others were delivered, needs a person. */
const TOLD_AFTER_TRIES = 6;

/**
 * Brings to Temporal what the store's workflow messages say.
 *
 * 1. Round follows round until one delivers nothing; then it waits: a second, or until `soon` wakes it.
 * 2. A round in which nothing could be delivered, not even what was new, is an outage: a growing pause follows, which `soon` does not cut
 *    short, so that nobody who calls waits for Temporal. At its end, or when `revive` says so, everything is due at once.
 * 3. What fails while others are delivered waits by itself, longer each time, and holds up nothing.
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

  /** What is written down now is delivered without delay, unless Temporal is known to be away; nothing is waited for. */
  wake(): void {
    this.#again = true;
    if (!this.failing && !this.#woken.signal.aborted) this.#woken.abort();
  }

  /** Temporal is back: everything that waits is tried now. */
  async revive(): Promise<void> {
    await this.options.retryAll().catch(() => undefined);
    this.#failures = 0;
    this.wake();
  }

  /** Ends once what is written down now has been tried, at once while Temporal is known to be away, at the latest after `ms`. */
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

  /** Answers how many turns are left for the rounds that follow. */
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
      this.#tellOutage(broken ?? errors[0]?.error);
      this.#failures += 1;
    }
    if (!this.failing) for (const undelivered of errors) this.#tellOfOne(undelivered);
  }

  async #pause(): Promise<void> {
    const wait = this.failing
      ? (BACKOFF_MS[Math.min(this.#failures, BACKOFF_MS.length) - 1] ?? EVERY_MS)
      : (this.options.everyMs ?? EVERY_MS);
    await this.options.clock.sleep(wait, { signal: this.#woken.signal }).catch(() => undefined);
  }

  #tellOutage(err: unknown): void {
    if (this.failing) this.options.log.debug({ err }, 'messages to workflows still wait');
    else this.options.log.warn({ err }, 'messages to workflows wait: they could not be delivered');
  }

  #tellOfOne({ message: { migration, workflowId, signal }, tries, error: err }: UndeliveredMessage): void {
    if (tries !== TOLD_AFTER_TRIES) return;
    const facts = { ...migration, workflowId, signal, tries, err };
    this.options.log.error(
      facts,
      'a message to a workflow cannot be delivered: it is tried again, and holds up no others',
    );
  }
}
