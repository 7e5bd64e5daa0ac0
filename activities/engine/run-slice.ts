import { byteOrder } from '../../domain/engine/byte-order.js';
import type { SliceStep } from '../../gateways/store/work/advance.js';
import type { ClaimedSlice, NewSlice } from '../../gateways/store/work/slices.js';
import { patiently } from './patience.js';
import type { ImportSource, KeyRange, Page } from './source.js';
import { outlook, PAGES_LEFT } from './split.js';
import { boundsOn, sampleDensities, unsampledBounds } from './density.js';
import type { Bounds, Density } from './density.js';
import type { NumberLine } from './number-line.js';
import type { CutLimits, Outlook, PageOfSlice } from './split.js';

/** The lane that a slice is worked on by. */
export interface SliceHost {
  /** Aborted when the lane stops: what is being read is not worth waiting for. */
  readonly signal: AbortSignal;
  readonly stopping: boolean;
  readonly cutLimits: CutLimits;
  /** Waits for a turn to write. */
  takingTurns<T>(write: () => Promise<T>): Promise<T>;
  /** After each batch. */
  committed(batch: CommittedBatch): void;
}

export interface CommittedBatch {
  readonly slice: ClaimedSlice;
  readonly records: number;
  readonly halted: boolean;
  /** How many slices came out of it, and about how many records are left in them and in this one. */
  readonly cut: { readonly pieces: number; readonly left: number } | undefined;
}

/**
 * Works on one slice until it is done or the lane stops.
 *
 * 1. A page is read, newest first. What is known of the rest then may be worth a cut: the slice keeps the nearest part.
 * 2. The next page is asked for while this one is mapped and written: one page ahead, so memory is bounded.
 * 3. Records, cursor, sums and new slices are committed together, under the slice's lease.
 *
 * When the lane stops it ends after the batch that is being written; the next owner goes on at the cursor.
 */
export async function runSlice<Item>(
  slice: ClaimedSlice,
  source: ImportSource<Item>,
  host: SliceHost,
): Promise<void> {
  const run = new SliceRun(slice, source, host);
  let page = await run.read(slice.cursor === null ? undefined : JSON.parse(slice.cursor));
  while (page && !host.stopping) {
    const ahead = await run.lookAhead(page);
    const upcoming = page.next === undefined ? undefined : run.read(page.next);
    // It may fail while the page before it is still being written, or when nobody will wait for it any more.
    upcoming?.catch(() => undefined);
    await run.commit(page, ahead);
    page = await upcoming;
  }
}

/** A stretch below a page. */
interface Part {
  readonly lower: string | null;
  readonly upper: string;
  readonly estimate: number;
}

type Ahead = Outlook & { boundsOf(part: Part): Bounds };

class SliceRun<Item> {
  private range: KeyRange;
  private records: number;
  private estimate: number;
  private oldest: string | undefined;
  /** Of the range of a slice that nobody has cut before. */
  private samples: readonly Density[] = [];

  constructor(
    private readonly slice: ClaimedSlice,
    private readonly source: ImportSource<Item>,
    private readonly host: SliceHost,
  ) {
    this.range = { lower: keyOf(slice.lower), upper: keyOf(slice.upper) };
    this.records = slice.read;
    this.estimate = slice.estimate;
  }

  /** Undefined when the lane stopped meanwhile. */
  async read(cursor: unknown): Promise<Page<Item> | undefined> {
    const { range } = this;
    return this.ask((signal) => this.source.readPage(range, cursor, signal));
  }

  /** Where there is a cut the range is narrowed at once, so that the next page is asked for within it. */
  async lookAhead({ items, next }: Page<Item>): Promise<Ahead | undefined> {
    // Of a piece that is about what it was cut for there is nothing to find out.
    const expected = this.estimate - this.records - items.length;
    if (expected > 0 && expected <= PAGES_LEFT * items.length) return undefined;
    const [first] = items;
    const last = items.at(-1);
    if (next === undefined || first === undefined || last === undefined) return undefined;
    const page = { first: this.source.keyOf(first), last: this.source.keyOf(last), count: items.length };
    const keys = items.map((item) => this.source.keyOf(item));
    this.oldest ??= await this.findOldest(keys, page.last);
    if (this.oldest === undefined) return undefined;
    const line = this.source.lineFor([...keys, this.oldest]);
    const ahead = outlook(page, this.range, this.oldest, line, this.host.cutLimits);
    if (!ahead?.cut) return ahead && { ...ahead, boundsOf: () => unsampledBounds(ahead.left) };
    const { oldest } = this;
    if (this.slice.estimate === 0) await this.sample(page, oldest, line);
    this.range = { ...this.range, lower: ahead.cut.lower };
    this.oldest = undefined;
    return { ...ahead, boundsOf: (part) => this.boundsOf(part, oldest, line) };
  }

  /** Undefined samples leave what the page alone tells: an estimate must not fail an import. */
  private async sample(page: PageOfSlice, oldest: string, line: NumberLine): Promise<void> {
    const { newestKeys } = this.source;
    const [first, last, end] = [line.place(page.first), line.place(page.last), line.place(oldest)];
    if (!newestKeys || first === undefined || last === undefined || end === undefined) return;
    const own = { at: (first + last) / 2, perUnit: page.count / (first - last) };
    const found = await this.ask((signal) =>
      sampleDensities(newestKeys, line, { from: last, to: end }, signal),
    );
    if (found) this.samples = [own, ...found];
  }

  private boundsOf({ lower, upper, estimate }: Part, oldest: string, line: NumberLine): Bounds {
    const [from, to] = [line.place(upper), line.place(lower ?? oldest)];
    if (this.samples.length === 0 || from === undefined || to === undefined) return unsampledBounds(estimate);
    return boundsOn(this.samples, from, to);
  }

  /** The oldest key that has a place on the line, or the oldest of all; undefined when there is none, or the lane stopped. */
  private async findOldest(keys: readonly string[], below: string): Promise<string | undefined> {
    const { range, source } = this;
    const oldest = await this.ask((signal) => source.oldestKey(range, signal));
    if (oldest === undefined) return undefined;
    const line = source.lineFor([...keys, oldest]);
    const place = line.place(below);
    if (place === undefined || line.place(oldest) !== undefined) return oldest;
    const lower = line.keyAt(place - line.reach);
    if (lower === undefined || byteOrder(lower, oldest) <= 0) return oldest;
    return (await this.ask((signal) => source.oldestKey({ ...range, lower }, signal))) ?? oldest;
  }

  async commit({ items, next }: Page<Item>, ahead: Ahead | undefined): Promise<void> {
    const { slice, source, host } = this;
    this.records += items.length;
    if (next === undefined) this.estimate = this.records;
    else if (ahead) this.estimate = this.records + (ahead.cut?.keeps ?? ahead.left);
    const step: SliceStep = {
      sliceId: slice.id,
      lease: slice.lease,
      cursor: next === undefined ? null : JSON.stringify(next),
      done: next === undefined,
      estimate: this.estimate,
      bounds: ahead && this.ownBounds(ahead, items),
      cut: ahead?.cut && {
        lower: JSON.stringify(ahead.cut.lower),
        pieces: ahead.cut.pieces.map((piece) => this.newSlice(piece, ahead.boundsOf(piece))),
      },
    };
    const { halted } = await host.takingTurns(() => source.commit(items, step, host.signal));
    const cut = ahead?.cut && { pieces: ahead.cut.pieces.length, left: ahead.left };
    host.committed({ slice, records: items.length, halted, cut });
  }

  private async ask<T>(question: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const { signal } = this.host;
    try {
      return await patiently(() => question(signal), signal);
    } catch (error) {
      if (this.host.stopping) return undefined;
      throw error;
    }
  }

  /** What was read, and what the slice keeps below the page. */
  private ownBounds({ left, cut, boundsOf }: Ahead, items: readonly Item[]): Bounds | undefined {
    const last = items.at(-1);
    if (last === undefined) return undefined;
    const kept = { lower: cut?.lower ?? null, upper: this.source.keyOf(last), estimate: cut?.keeps ?? left };
    const { low, high } = boundsOf(kept);
    return { low: this.records + low, high: this.records + high };
  }

  private newSlice(piece: Part, bounds: Bounds): NewSlice {
    return {
      source: this.slice.source,
      lower: piece.lower === null ? null : JSON.stringify(piece.lower),
      upper: JSON.stringify(piece.upper),
      estimate: piece.estimate,
      bounds,
    };
  }
}

function keyOf(text: string | null): string | null {
  return text === null ? null : (JSON.parse(text) as string);
}
