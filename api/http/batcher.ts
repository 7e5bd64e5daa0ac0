import type { Clock } from '../../domain/engine/clock.js';

export interface BatcherOptions<Item, Result> {
  readonly clock: Pick<Clock, 'sleep'>;
  /** A batch never holds two items with the same key. */
  readonly keyOf: (item: Item) => string;
  /** The maximum size of a batch. */
  readonly most: number;
  /** How long a batch gathers items before it runs; default: 0. */
  readonly gatherMs?: () => number;
  /** Returns each item's result, in order; the next batch does not wait for results that are promises. An error rejects every item of the batch. */
  readonly work: (items: readonly Item[]) => Promise<readonly (Result | Promise<Result>)[]>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result | Promise<Result>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Batches items that arrive at about the same time: while one batch runs, the next one gathers. A single item does not wait.
 */
export class Batcher<Item, Result> {
  #waiting: Waiting<Item, Result>[] = [];
  #running = false;
  /** The size of the running batch. */
  #working = 0;

  constructor(private readonly options: BatcherOptions<Item, Result>) {}

  /** The number of items that wait or run. */
  get size(): number {
    return this.#waiting.length + this.#working;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      // The first batch includes what else arrives in this turn of the event loop.
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
