import { byteOrder } from '../../../domain/engine/bytes/order.js';
import { boundsOn, mostOf, sampleDensities, unsampledBounds } from './density.js';
import type { Bounds, Density } from './density.js';
import type { NumberLine } from './number-line.js';
import type { Cut, KeyRange } from '../source.js';
import { outlook } from './split.js';
import type { CutLimits, Outlook, PageOfSlice } from './split.js';

/** A range of keys below a page. */
export interface Stretch {
  readonly lower: string | null;
  readonly upper: string;
  readonly estimate: number;
}

/** The rest of a slice below a page. */
export interface Ahead extends Outlook {
  boundsOf(stretch: Stretch): Bounds;
  /** The page's smallest key. */
  readonly last: string;
}

/** Queries the source; undefined if the lane stopped meanwhile. */
export type Ask = <T>(question: (signal: AbortSignal) => Promise<T>) => Promise<T | undefined>;

/** Estimates what follows the pages of one slice. */
export class Scout<Item> {
  #oldest: string | undefined;
  /** Densities within the range of a slice that was never cut. */
  #samples: readonly Density[] = [];

  constructor(
    private readonly cut: Cut<Item>,
    /** The slice has no estimate yet, so its range is worth sampling. */
    private readonly isPlanned: boolean,
    private readonly ask: Ask,
  ) {}

  /** Undefined when nothing can be estimated. A cut changes the slice's range: pass the new range to the next call. */
  async lookAhead(items: readonly Item[], range: KeyRange, limits: CutLimits): Promise<Ahead | undefined> {
    const keys = items.map((item) => this.cut.keyOf(item));
    const [first] = keys;
    const last = keys.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const oldest = (this.#oldest ??= await this.#findOldest(keys, last, range));
    if (oldest === undefined) return undefined;
    const page = { first, last, count: items.length };
    const line = this.cut.lineFor([...keys, oldest]);
    let ahead = outlook(page, range, oldest, line, limits);
    if (ahead?.cut && this.isPlanned) {
      const most = await this.#sample(page, oldest, line);
      ahead = outlook(page, range, oldest, line, { ...limits, most });
    }
    const left = ahead?.left ?? 0;
    if (!ahead?.cut) return ahead && { ...ahead, last, boundsOf: () => unsampledBounds(left) };
    this.#oldest = undefined;
    return { ...ahead, last, boundsOf: (stretch) => this.#boundsOf(stretch, oldest, line) };
  }

  /**
   * The most records that are left, according to samples; a page of one busy hour would suggest far too many. Without samples uses the page's own
   * density: an estimate must not fail an import.
   */
  async #sample(page: PageOfSlice, oldest: string, line: NumberLine): Promise<number | undefined> {
    const { newest } = this.cut;
    const [first, last, end] = [line.place(page.first), line.place(page.last), line.place(oldest)];
    if (!newest || first === undefined || last === undefined || end === undefined) return undefined;
    const own = { at: (first + last) / 2, perUnit: page.count / (first - last) };
    const found = await this.ask((signal) => sampleDensities(newest, line, { from: last, to: end }, signal));
    if (found) this.#samples = [own, ...found];
    return found && mostOf(found, last - end);
  }

  #boundsOf({ lower, upper, estimate }: Stretch, oldest: string, line: NumberLine): Bounds {
    const [from, to] = [line.place(upper), line.place(lower ?? oldest)];
    if (this.#samples.length === 0 || from === undefined || to === undefined)
      return unsampledBounds(estimate);
    return boundsOn(this.#samples, from, to);
  }

  /** The oldest key that has a place on the line, or the oldest of all; undefined when there is none or the lane stopped. */
  async #findOldest(keys: readonly string[], below: string, range: KeyRange): Promise<string | undefined> {
    const { cut } = this;
    const oldest = await this.ask((signal) => cut.oldest(range, signal));
    if (oldest === undefined) return undefined;
    const line = cut.lineFor([...keys, oldest]);
    const place = line.place(below);
    if (place === undefined || line.place(oldest) !== undefined) return oldest;
    const lower = line.keyAt(place - line.reach);
    if (lower === undefined || byteOrder(lower, oldest) <= 0) return oldest;
    return (await this.ask((signal) => cut.oldest({ ...range, lower }, signal))) ?? oldest;
  }
}
