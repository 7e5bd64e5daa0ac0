import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import { exactly, type Estimate } from '../../../domain/engine/preflight.js';
import { boundsOn, sampleDensities } from '../../engine/slices/density.js';
import type { KeyRange, Source } from '../../engine/source.js';

const LATE = 'The time that a preflight has was over.';

/** How much one preflight may read: one page after another, so that it uses a table's capacity only for a moment. */
export class Pages {
  #read = 0;
  #stopped: string | undefined;

  /** @param isLate whether the time for reading is over */
  constructor(
    private readonly most: number,
    private readonly isLate: () => boolean,
  ) {}

  get read(): number {
    return this.#read;
  }

  /** Why no further page may be read. */
  get stopped(): string | undefined {
    return this.#stopped;
  }

  /** Undefined once nothing more may be read. Stops at once if the source throttles. */
  async next<Answer>(read: () => Promise<Answer>): Promise<Answer | undefined> {
    if (this.#stopped === undefined && this.#read >= this.most)
      this.#stopped = `A preflight reads at most ${this.most} pages.`;
    if (this.#stopped === undefined && this.isLate()) this.#stopped = LATE;
    if (this.#stopped !== undefined) return undefined;
    try {
      this.#read += 1;
      return await read();
    } catch (error) {
      // The time is over, and the signal has aborted the page.
      if (this.isLate()) this.#stopped = LATE;
      if (this.#stopped !== undefined) return undefined;
      if (!(error instanceof CarryoverError) || error.type !== 'SourceThrottled') throw error;
      this.#stopped = `${error.message} A preflight then reads no more.`;
      return undefined;
    }
  }
}

/** How many records a range holds, estimated from a part of it. */
export interface Survey {
  readonly records: Estimate;
  /** Whether every record was read. */
  readonly complete: boolean;
}

/** Where further pages begin, as shares of the rest below the first: old records differ from new ones. */
const FURTHER = [0.5, 0.95] as const;

/**
 * Surveys the records of a range, newest first:
 *
 * 1. Read a page. If it is the whole range, it is counted.
 * 2. Find the oldest key, and probe the density of keys in between as an import does for its plan.
 * 3. Read a page from the middle, and one from near the end.
 *
 * @param take gets the records of each page while they are readable
 */
export async function surveyRange<Item>(
  source: Source<Item>,
  range: KeyRange,
  { pages, signal, take }: Surveying<Item>,
): Promise<Survey | undefined> {
  const page = await pages.next(() => source.read(range, undefined, signal));
  if (page === undefined) return undefined;
  const { items, next } = page;
  const { cut } = source;
  const keys = cut === undefined ? [] : items.map((item) => cut.keyOf(item));
  take(items);
  page.release?.();
  const all: Survey = { records: exactly(items.length), complete: true };
  if (next === undefined) return all;
  const unknown: Survey = { records: { low: items.length, high: null, exact: false }, complete: false };
  const last = keys.at(-1);
  if (cut === undefined || last === undefined) return unknown;
  const below = { lower: range.lower, upper: last };
  const line = cut.lineFor(keys);
  const found = await pages.next(async () => ({ oldest: await cut.oldest(below, signal) }));
  if (found === undefined) return unknown;
  const { oldest } = found;
  // A page that ends with the range may name a next one.
  if (oldest === undefined) return all;
  const [from, to] = [line.place(last), line.place(oldest)];
  if (from === undefined || to === undefined || from <= to || cut.newest === undefined) return unknown;
  const { newest } = cut;
  const samples = await pages.next(() =>
    sampleDensities(
      (probed, limit, when) => newest({ ...probed, lower: range.lower }, limit, when),
      line,
      { from, to },
      signal,
    ),
  );
  let read = items.length;
  for (const [at, share] of FURTHER.entries()) {
    const place = (of: number) => line.keyAt(from - of * (from - to));
    const upper = place(share);
    const lower = FURTHER[at + 1] === undefined ? range.lower : place(FURTHER[at + 1] ?? 1);
    if (upper === undefined || lower === undefined) continue;
    const further = await pages.next(() => source.read({ lower, upper }, undefined, signal));
    if (further === undefined) break;
    take(further.items);
    read += further.items.length;
    further.release?.();
  }
  if (samples === undefined || samples.length === 0)
    return { ...unknown, records: { ...unknown.records, low: read } };
  const { low, high } = boundsOn(samples, from, to);
  return {
    records: {
      low: Math.max(read, items.length + low),
      high: Math.max(read, items.length + high),
      exact: false,
    },
    complete: false,
  };
}

export interface Surveying<Item> {
  readonly pages: Pages;
  readonly signal: AbortSignal;
  readonly take: (items: readonly Item[]) => void;
}
