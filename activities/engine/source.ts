import type { NewestKeys } from './density.js';
import type { NumberLine } from './number-line.js';

/** Inclusive lower end, exclusive upper end; null is open. Keys are compared by their UTF-8 bytes. */
export interface KeyRange {
  readonly lower: string | null;
  readonly upper: string | null;
}

export interface Page<Item> {
  /** The greatest key first, where keys have an order. */
  readonly items: readonly Item[];
  /** Where reading continues, any JSON value; undefined at the end of the range. */
  readonly next: unknown;
}

/** Where a slice's records are read. */
export interface Source<Item = unknown> {
  /** The page at the cursor, or the first one. A page is small enough for one transaction. */
  read(range: KeyRange, cursor: unknown, signal: AbortSignal): Promise<Page<Item>>;
  /** Left out where records are in no order, such as those of a file: a slice is then read as it was planned. */
  readonly cut?: Cut<Item>;
}

/** What it takes to cut a range of keys into pieces of about the same size. Pages are then read from the greatest key down. */
export interface Cut<Item = unknown> {
  keyOf(item: Item): string;
  /** The smallest key in the range; undefined when there is none. */
  oldest(range: KeyRange, signal: AbortSignal): Promise<string | undefined>;
  /** The greatest keys in the range, some dozens at most; left out where that is not cheap. For estimates alone. */
  readonly newest?: NewestKeys;
  /** A line on which keys like these have places. */
  lineFor(keys: readonly string[]): NumberLine;
}
