import type { Clock } from '../../../domain/engine/clock.js';
import type { SliceStep } from '../../../gateways/store/work/advance.js';
import type { Pace } from '../../../domain/engine/targets/pace.js';
import type { ClaimedSlice, NewSlice } from '../../../gateways/store/work/slices.js';
import { Scout } from './ahead.js';
import type { Ahead, Stretch } from './ahead.js';
import type { Bounds } from './density.js';
import { patiently } from '../retries/patience.js';
import type { KeyRange, Page } from '../source.js';
import { PAGES_LEFT } from './split.js';
import type { CutLimits } from './split.js';
import type { Stage } from '../stage.js';

/** What a slice needs from its lane. */
export interface SliceHost {
  /** Aborted when the lane stops: pending reads are dropped. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly stopping: boolean;
  readonly cutLimits: CutLimits;
  /** Waits for a turn to write. */
  takingTurns<T>(write: (pace?: Pace) => Promise<T>): Promise<T>;
  /** Called after each batch. */
  committed(batch: CommittedBatch): void;
}

export interface CommittedBatch {
  readonly slice: ClaimedSlice;
  readonly stage: string;
  /** How many records the batch had. */
  readonly records: number;
  readonly halted: boolean;
  /** How many slices were cut off, and about how many records are left in them and in this one. */
  readonly cut: { readonly pieces: number; readonly left: number } | undefined;
}

/**
 * Works on one slice until it is done or the lane stops.
 *
 * 1. Reads a page, newest first. If enough records are left, cuts the slice, which keeps the part next to the page.
 * 2. Reads the next page while this one is mapped and written: one page ahead, so memory is bounded. Releases a page once it is written.
 * 3. Commits records, cursor, tally and new slices together, under the slice's lease.
 * 4. If a target already has this batch from an earlier owner, continues where that owner's batch ended.
 *
 * When the lane stops, ends after the batch being written; the next owner continues at the cursor.
 */
export async function runSlice<Item>(
  slice: ClaimedSlice,
  stage: Stage<Item>,
  host: SliceHost,
): Promise<void> {
  const run = new SliceRun(slice, stage, host);
  let page = await run.read(slice.cursor === null ? undefined : JSON.parse(slice.cursor));
  while (page && !host.stopping) {
    const ahead = await run.lookAhead(page);
    const upcoming = page.next === undefined ? undefined : run.read(page.next);
    // The read may fail while the page before it is being written, or after the lane stopped waiting for it.
    upcoming?.catch(() => undefined);
    const moved = await run.commit(page, ahead);
    page.release?.();
    if (moved) return moved.done ? undefined : runSlice(moved.slice, stage, host);
    page = await upcoming;
  }
}

class SliceRun<Item> {
  private range: KeyRange;
  private records: number;
  private batch: number;
  private estimate: number;
  private readonly scout: Scout<Item> | undefined;

  constructor(
    private readonly slice: ClaimedSlice,
    private readonly stage: Stage<Item>,
    private readonly host: SliceHost,
  ) {
    this.range = { lower: keyOf(slice.lower), upper: keyOf(slice.upper) };
    this.records = slice.read;
    this.batch = slice.batches;
    this.estimate = slice.estimate;
    const { cut } = stage.source;
    this.scout = cut && new Scout(cut, slice.estimate === 0, (question) => this.ask(question));
  }

  /** Undefined when the lane stopped meanwhile. */
  async read(cursor: unknown): Promise<Page<Item> | undefined> {
    const { range } = this;
    return this.ask((signal) => this.stage.source.read(range, cursor, signal));
  }

  /** A cut narrows the range at once, so that the next page is read within it. */
  async lookAhead({ items, next }: Page<Item>): Promise<Ahead | undefined> {
    // A piece that is about as large as estimated needs no further estimate.
    const expected = this.estimate - this.records - items.length;
    if (expected > 0 && expected <= PAGES_LEFT * items.length) return undefined;
    if (next === undefined) return undefined;
    const ahead = await this.scout?.lookAhead(items, this.range, this.host.cutLimits);
    if (ahead?.cut) this.range = { ...this.range, lower: ahead.cut.lower };
    return ahead;
  }

  /** Returns the slice's actual state if it differs from what this batch would have left. */
  async commit({ items, next }: Page<Item>, ahead: Ahead | undefined): Promise<MovedSlice | undefined> {
    const { slice, stage, host } = this;
    this.records += items.length;
    this.batch += 1;
    if (next === undefined) this.estimate = this.records;
    else if (ahead) this.estimate = this.records + (ahead.cut?.keeps ?? ahead.left);
    const step: SliceStep = {
      sliceId: slice.id,
      lease: slice.lease,
      batch: this.batch,
      cursor: next === undefined ? null : JSON.stringify(next),
      done: next === undefined,
      estimate: this.estimate,
      bounds: ahead && this.ownBounds(ahead),
      cut: ahead?.cut && {
        lower: JSON.stringify(ahead.cut.lower),
        pieces: ahead.cut.pieces.map((piece) => this.newSlice(piece, ahead.boundsOf(piece))),
      },
    };
    const { halted, standsAt } = await host.takingTurns((pace) =>
      stage.target.commit(items, step, host.signal, pace),
    );
    const cut = ahead?.cut && { pieces: ahead.cut.pieces.length, left: ahead.left };
    host.committed({
      slice,
      stage: stage.name,
      records: standsAt?.tally.read ?? items.length,
      halted,
      cut: standsAt ? undefined : cut,
    });
    return standsAt && movedBy(slice, standsAt.step, standsAt.tally.read);
  }

  private async ask<T>(question: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const { signal, clock } = this.host;
    try {
      return await patiently(() => question(signal), signal, clock);
    } catch (error) {
      if (this.host.stopping) return undefined;
      throw error;
    }
  }

  /** Bounds for what was read plus what the slice keeps below the page. */
  private ownBounds({ left, cut, last, boundsOf }: Ahead): Bounds {
    const { low, high } = boundsOf({ lower: cut?.lower ?? null, upper: last, estimate: cut?.keeps ?? left });
    return { low: this.records + low, high: this.records + high };
  }

  private newSlice(piece: Stretch, bounds: Bounds): NewSlice {
    return {
      stage: this.slice.stage,
      lower: piece.lower === null ? null : JSON.stringify(piece.lower),
      upper: JSON.stringify(piece.upper),
      estimate: piece.estimate,
      bounds,
    };
  }
}

interface MovedSlice {
  readonly slice: ClaimedSlice;
  readonly done: boolean;
}

/** The slice after a batch that another owner committed. */
function movedBy(slice: ClaimedSlice, step: SliceStep, read: number): MovedSlice {
  const { cursor, done, estimate, batch, cut } = step;
  const lower = cut?.lower ?? slice.lower;
  return {
    slice: { ...slice, lower, cursor, estimate, batches: batch, read: slice.read + read },
    done,
  };
}

function keyOf(text: string | null): string | null {
  return text === null ? null : (JSON.parse(text) as string);
}
