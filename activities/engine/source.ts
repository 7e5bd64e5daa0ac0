import type { NumberLine } from './slices/number-line.js';

/** An inclusive lower end and an exclusive upper end; null is unbounded. Keys are compared by their UTF-8 bytes. */
export interface KeyRange {
  readonly lower: string | null;
  readonly upper: string | null;
}

/** The greatest keys in the range, greatest first. */
export type NewestKeys = (range: KeyRange, limit: number, signal: AbortSignal) => Promise<readonly string[]>;

export interface Page<Item> {
  /** Greatest key first, if keys are ordered. */
  readonly items: readonly Item[];
  /** Where to continue, as any JSON value; undefined at the end of the range. */
  readonly next: unknown;
  /** Releases the buffers of the items. Called at most once, when the items are no longer used. */
  release?(): void;
}

/** Where a slice's records are read. */
export interface Source<Item = unknown> {
  /** Reads the page at the cursor, or the first one. A page must fit one transaction. */
  read(range: KeyRange, cursor: unknown, signal: AbortSignal): Promise<Page<Item>>;
  /** Undefined for records without an order, such as those of a file: their slices are never cut. */
  readonly cut?: Cut<Item>;
}

/** What is needed to cut a range of keys into pieces of similar size. Pages are then read in descending order of keys. */
export interface Cut<Item = unknown> {
  keyOf(item: Item): string;
  /** The smallest key in the range; undefined when there is none. */
  oldest(range: KeyRange, signal: AbortSignal): Promise<string | undefined>;
  /** The greatest keys in the range, at most some dozens, used only for estimates. Undefined if that is expensive. */
  readonly newest?: NewestKeys;
  /** A line on which keys like these have positions. */
  lineFor(keys: readonly string[]): NumberLine;
}
