import { PairCounter } from './byte-pairs.js';
import type { TokenTable } from './table.js';

/** Counts tokens of text without special tokens: `<|endoftext|>` in an answer is text. */
export type TokenCounter = (text: string) => number;

const NONE = -1;
/** Room for the bytes of a piece that is kept; a longer piece gets its own. */
const KEPT = 4_096;
/** UTF-8 takes at most so many bytes for a UTF-16 unit. */
const BYTES_A_UNIT = 3;

/** Counts by the encoding whose tokens are in the table and which `split` cuts into pieces. */
export function counterOf(table: TokenTable, split: RegExp): TokenCounter {
  const pairs = new PairCounter(table);
  const encoder = new TextEncoder();
  const kept = new Uint8Array(KEPT);
  return (text) => {
    let count = 0;
    for (const [piece] of text.matchAll(split)) {
      const most = piece.length * BYTES_A_UNIT;
      const bytes = most <= KEPT ? kept : new Uint8Array(most);
      const { written } = encoder.encodeInto(piece, bytes);
      count += table.rankOf(bytes, 0, written) === NONE ? pairs.countPairs(bytes, written) : 1;
    }
    return count;
  };
}
