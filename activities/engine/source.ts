import type { SliceStep } from '../../gateways/store/work/advance.js';
import type { NewestKeys } from './density.js';
import type { NumberLine } from './number-line.js';

/** Inclusive lower end, exclusive upper end; null is open. Keys are compared by their UTF-8 bytes. */
export interface KeyRange {
  readonly lower: string | null;
  readonly upper: string | null;
}

export interface Page<Item> {
  /** The greatest key first. */
  readonly items: readonly Item[];
  /** Where reading goes on, anything that JSON can hold; undefined at the range's end. */
  readonly next: unknown;
}

/** What a kind of migration gives the engine: how records of one source are read, and how a page of them is written. */
export interface ImportSource<Item = unknown> {
  /** Newest first, from the cursor on. A page is small enough to be written in one transaction. */
  readPage(range: KeyRange, cursor: unknown, signal: AbortSignal): Promise<Page<Item>>;
  /** The smallest key in the range; undefined when there is none. */
  oldestKey(range: KeyRange, signal: AbortSignal): Promise<string | undefined>;
  /** The greatest keys in the range, some dozens at most; left out where that is not cheap. For estimates alone. */
  newestKeys?: NewestKeys;
  keyOf(item: Item): string;
  /** A line on which keys like these have places. */
  lineFor(keys: readonly string[]): NumberLine;
  /** Writes the records and the slice's step in one transaction. Throws CarryoverError `LeaseLost` when the lease does not hold. */
  commit(items: readonly Item[], step: SliceStep, signal: AbortSignal): Promise<{ readonly halted: boolean }>;
}
