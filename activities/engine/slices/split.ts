import { byteOrder } from '../../../domain/engine/bytes/order.js';
import type { NumberLine } from './number-line.js';

export interface PageOfSlice {
  /** The page's greatest and smallest range key. */
  readonly first: string;
  readonly last: string;
  readonly count: number;
}

export interface Piece {
  readonly lower: string | null;
  readonly upper: string;
  readonly estimate: number;
}

export interface Outlook {
  /** Approximate number of records left below the page. */
  readonly left: number;
  /** If the rest is worth cutting: the slice keeps what lies above `lower`; the pieces, newest first, are new slices. */
  readonly cut?: { readonly lower: string; readonly keeps: number; readonly pieces: readonly Piece[] };
}

export interface CutLimits {
  /** How many more slices there may be. */
  readonly room: number;
  /** Approximate number of records for a piece; by default what surely fits one page, or a few pages of few records each. */
  readonly pieceRecords?: number | undefined;
  /** There are no more records than this left, whatever the page's density says. */
  readonly most?: number | undefined;
}

/** A rest of fewer pages is not cut. */
export const PAGES_LEFT = 4;
const PIECES = 128;
const PIECE_RECORDS = 3_000;
/** When long records fill pages early: eight such pages are some megabytes, which other lanes can read meanwhile. */
const PIECE_PAGES = 8;
const [FEWEST, MOST] = [1_500, 5_000];

/**
 * Estimates how much of a slice is left below a page, and where to cut it.
 *
 * 1. The page's keys give the density of records on the line; the rest is assumed to have the same, up to `most` records.
 * 2. A rest of more than about four pages is cut evenly into pieces of about 3,000 records or eight pages, at most 128 and at most `room`.
 * 3. The bounds must lie strictly between the slice's lower end and the page, and descend in byte order. Each record of the range then belongs to
 *    exactly one piece, whatever the keys are like; a wrong estimate only makes pieces uneven.
 *
 * Undefined when keys have no position on the line, so nothing can be estimated.
 */
export function outlook(
  page: PageOfSlice,
  range: { readonly lower: string | null },
  oldest: string,
  line: NumberLine,
  { room, pieceRecords, most = Infinity }: CutLimits,
): Outlook | undefined {
  const first = line.place(page.first);
  const last = line.place(page.last);
  const end = line.place(oldest);
  if (first === undefined || last === undefined || end === undefined) return undefined;
  if (first <= last || last <= end) return undefined;
  const left = Math.min(most, Math.ceil((page.count * (last - end)) / (first - last)));
  if (left <= PAGES_LEFT * page.count) return { left };

  const count = Math.min(PIECES, room + 1, Math.ceil(left / (pieceRecords ?? fitting(page.count))));
  const bounds = boundsBetween(page.last, range.lower, count, (n) =>
    line.keyAt(last - (n * (last - end)) / count),
  );
  const [lower] = bounds;
  if (lower === undefined) return { left };
  const estimate = Math.ceil(left / (bounds.length + 1));
  const pieces = bounds.map((upper, at) => ({ lower: bounds[at + 1] ?? range.lower, upper, estimate }));
  return { left, cut: { lower, keeps: estimate, pieces } };
}

/** Smaller than a page, so that most pieces fit one page although records are not spread evenly. */
function fitting(pageRecords: number): number {
  const most = Math.floor(pageRecords * 0.8);
  return most >= FEWEST && most <= MOST ? most : Math.min(PIECE_RECORDS, PIECE_PAGES * pageRecords);
}

function boundsBetween(
  above: string,
  lower: string | null,
  count: number,
  boundAt: (n: number) => string | undefined,
): string[] {
  const bounds: string[] = [];
  for (let n = 1; n < count; n += 1) {
    const bound = boundAt(n);
    if (!bound?.isWellFormed() || byteOrder(bound, bounds.at(-1) ?? above) >= 0) continue;
    if (lower === null || byteOrder(bound, lower) > 0) bounds.push(bound);
  }
  return bounds;
}
