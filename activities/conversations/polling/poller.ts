import pLimit from 'p-limit';
import { nextInterval } from '../../../domain/conversations/following/polling.js';
import type { SourceTable } from '../../../domain/conversations/records/rows.js';
import type { Clock } from '../../../domain/engine/clock.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import {
  isPolling,
  readDue,
  writePolls,
} from '../../../gateways/store/conversations/polling/polled-brands.js';
import type { Poll, PolledBrand } from '../../../gateways/store/conversations/polling/polled-brands.js';
import { routeHints } from '../streams/route-hints.js';
import type { Routing } from '../streams/route-hints.js';
import type { News, NewsReader } from './news.js';

export interface PollerDependencies extends Omit<Routing, 'signal'> {
  readonly news: Readonly<Record<SourceTable, NewsReader>>;
  readonly clock: Clock;
}

/** `stopped`: by the signal. `left`: no brand is polled any more. */
export type PollerEnd = 'stopped' | 'left';

/** Threads first, so that their messages find them. */
const TABLES: readonly SourceTable[] = ['threads', 'messages'];
/** How often due brands are looked for, and results are written. */
const LOOK_EVERY_MS = 1_000;
const BRANDS_AT_ONCE = 100;
const READS_AT_ONCE = 8;
/** Fewer, since the hints of accounts that are being imported wait for their batches. */
const APPLIES_AT_ONCE = 4;

/**
 * Polls brands.
 *
 * 1. Looks for due brands that it is not polling.
 * 2. Reads the next page of each in the indexes by time, and applies the records that it has not seen before.
 * 3. Writes the results of all brands that were polled meanwhile, in one statement: positions, and when each is due again. A brand with another page
 *    is due at once, behind the others.
 *
 * A crash repeats the last page of each brand, which changes nothing.
 */
export class Poller {
  readonly #deps: PollerDependencies;
  readonly #signal: AbortSignal;
  readonly #over = new AbortController();
  readonly #reads = pLimit(READS_AT_ONCE);
  readonly #applies = pLimit(APPLIES_AT_ONCE);
  readonly #running = new Map<string, Promise<void>>();
  #done: Poll[] = [];
  #failed: { readonly error: unknown } | undefined;
  #wake = new AbortController();

  constructor(deps: PollerDependencies, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = AbortSignal.any([signal, this.#over.signal]);
  }

  /** Runs until the signal is aborted. Throws CarryoverError when the store fails; a later poller continues. */
  async run(): Promise<PollerEnd> {
    try {
      while (!this.#signal.aborted) {
        this.#wake = new AbortController();
        await this.#write();
        if (this.#failed) throw this.#failed.error;
        await this.#begin();
        if (this.#running.size === 0 && !(await isPolling(this.#deps.pool))) return 'left';
        await this.#pause();
      }
      await Promise.all(this.#running.values());
      await this.#write();
      return 'stopped';
    } finally {
      this.#over.abort();
      await Promise.all(this.#running.values());
    }
  }

  async #begin(): Promise<void> {
    const { pool, clock } = this.#deps;
    const room = { without: [...this.#running.keys()], limit: BRANDS_AT_ONCE - this.#running.size };
    if (room.limit <= 0) return;
    for (const brand of await readDue(pool, new Date(clock.now()), room))
      this.#running.set(brand.brandId, this.#poll(brand));
  }

  /** Never rejects. */
  async #poll(brand: PolledBrand): Promise<void> {
    try {
      const poll = await this.#turn(brand);
      this.#done.push(poll);
      if (poll.nextAt.getTime() <= this.#deps.clock.now()) this.#wake.abort();
    } catch (error) {
      if (this.#signal.aborted) return;
      this.#failed ??= { error };
      this.#wake.abort();
    }
  }

  async #turn(brand: PolledBrand): Promise<Poll> {
    const { news, clock } = this.#deps;
    const read = await this.#reads(() =>
      Promise.allSettled(
        TABLES.map(async (table) => ({
          table,
          ...(await news[table].read(brand.brandId, brand.positions[table], this.#signal)),
        })),
      ),
    );
    this.#signal.throwIfAborted();
    const found = read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const error: unknown = read.find((one) => one.status === 'rejected')?.reason;
    if (error !== undefined && !(error instanceof CarryoverError)) throw error;
    await this.#apply(found);
    const positions = { ...brand.positions };
    for (const { table, position } of found) positions[table] = position;
    return { brandId: brand.brandId, positions, ...nextPoll(brand, found, error, clock) };
  }

  async #apply(found: readonly News[]): Promise<void> {
    const hints = found.flatMap((one) => one.hints);
    if (hints.length > 0)
      await this.#applies(() => routeHints(hints, { ...this.#deps, signal: this.#signal }));
    for (const one of found) one.settle();
  }

  async #write(): Promise<void> {
    const done = this.#done.toSorted((a, b) => (a.brandId < b.brandId ? -1 : 1));
    this.#done = [];
    if (done.length > 0) await writePolls(this.#deps.pool, done);
    for (const { brandId } of done) this.#running.delete(brandId);
  }

  async #pause(): Promise<void> {
    const signal = AbortSignal.any([this.#signal, this.#wake.signal]);
    await this.#deps.clock.sleep(LOOK_EVERY_MS, { signal }).catch(() => undefined);
  }
}

/** When the brand is polled again, and the results of this time. */
function nextPoll(
  brand: PolledBrand,
  found: readonly News[],
  error: CarryoverError | undefined,
  clock: Clock,
): Pick<Poll, 'nextAt' | 'intervalMs' | 'polledAt' | 'failure'> {
  const now = clock.now();
  if (error !== undefined) {
    const intervalMs = nextInterval(brand.intervalMs, false);
    const waitMs = Math.max(intervalMs, 1_000 * (error.options.retryAfterSeconds ?? 0));
    const failure = { type: error.type, message: error.message, at: new Date(now).toISOString() };
    return { nextAt: new Date(now + waitMs), intervalMs, polledAt: undefined, failure };
  }
  const intervalMs = nextInterval(
    brand.intervalMs,
    found.some(({ hints }) => hints.length > 0),
  );
  const passed = found.map((one) => one.passed?.getTime() ?? 0);
  const polledAt = Math.min(...passed);
  const hasMore = polledAt === 0;
  return {
    nextAt: new Date(hasMore ? now : now + intervalMs),
    intervalMs,
    polledAt: hasMore ? undefined : new Date(polledAt),
    failure: undefined,
  };
}
