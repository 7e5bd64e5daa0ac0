import type { Clock } from '../domain/engine/clock.js';

export interface BatcherOptions<Item, Result> {
  readonly clock: Pick<Clock, 'sleep'>;
  /** Items of one key are never in the same batch. */
  readonly keyOf: (item: Item) => string;
  /** At most so many in a batch. */
  readonly most: number;
  /** How long a batch gathers where many come; default not at all. */
  readonly gatherMs?: () => number;
  /** Answers each item's result, in their order; the next batch does not wait for these. What it throws, every item of the batch gets. */
  readonly work: (items: readonly Item[]) => Promise<readonly (Result | Promise<Result>)[]>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result | Promise<Result>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Brings together what is asked for at about the same time: while a batch is being worked on, the next one gathers. A single item waits
 * for nothing.
 */
export class Batcher<Item, Result> {
  #waiting: Waiting<Item, Result>[] = [];
  #running = false;
  /** In the batch that is being worked on. */
  #working = 0;

  constructor(private readonly options: BatcherOptions<Item, Result>) {}

  /** What has yet to be worked through. */
  get size(): number {
    return this.#waiting.length + this.#working;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      // What else comes in this turn of the event loop goes along.
      setImmediate(() => void this.#run());
    });
  }

  /** Never throws. */
  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const gatherMs = this.options.gatherMs?.() ?? 0;
      if (gatherMs > 0 && this.#waiting.length < this.options.most) await this.options.clock.sleep(gatherMs);
      const batch = this.#take();
      this.#working = batch.length;
      try {
        const results = await this.options.work(batch.map(({ item }) => item));
        for (const [at, { resolve }] of batch.entries()) resolve(results[at] as Result | Promise<Result>);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      } finally {
        this.#working = 0;
      }
    }
    this.#running = false;
  }

  #take(): Waiting<Item, Result>[] {
    const keys = new Set<string>();
    const [batch, rest]: [Waiting<Item, Result>[], Waiting<Item, Result>[]] = [[], []];
    for (const one of this.#waiting) {
      const key = this.options.keyOf(one.item);
      if (batch.length < this.options.most && !keys.has(key)) {
        keys.add(key);
        batch.push(one);
      } else rest.push(one);
    }
    this.#waiting = rest;
    return batch;
  }
}
