/** Byte pair encoding of a piece of text in n log n steps; a tokenizer's own loop takes n², a minute for 200,000 letters. */

import { Heap } from './heap.js';
import type { TokenTable } from './table.js';

/** Longer than any token, in bytes. */
const LONGEST_TOKEN = 256;
/** Bytes of the shared room; a longer piece gets its own. */
const KEPT = 1_024;
const RANK_PLACE = 2 ** 31;
const NONE = -1;

interface Room {
  readonly next: Int32Array;
  readonly previous: Int32Array;
  /** The rank of the pair of a part and the next one. */
  readonly rankAt: Int32Array;
}

/** Counts the tokens of pieces; `countPairs` of one counter does not call itself. */
export class PairCounter {
  readonly #table: TokenTable;
  readonly #kept = roomFor(KEPT);
  readonly #heap = new Heap();

  constructor(table: TokenTable) {
    this.#table = table;
  }

  /**
   * Counts the tokens of the first `length` bytes. Merges the neighbours whose merger has the lowest rank, the leftmost first, until no merger has a
   * rank.
   *
   * 1. Each byte begins as a part of its own; parts are linked with their neighbours.
   * 2. The heap has a pair for each part that could merge with the next one, by rank, then position.
   * 3. A pair that has changed since it was added is skipped.
   */
  countPairs(bytes: Uint8Array, length: number): number {
    const { next, previous, rankAt } = length <= KEPT ? this.#kept : roomFor(length);
    const heap = this.#heap;
    const table = this.#table;
    const endOf = (at: number): number => (at < length ? (next[at] ?? 0) : Number.POSITIVE_INFINITY);
    const offer = (at: number): void => {
      const end = endOf(endOf(at));
      const rank = end - at > LONGEST_TOKEN ? NONE : table.rankOf(bytes, at, end);
      rankAt[at] = rank;
      if (rank !== NONE) heap.push(rank * RANK_PLACE + at);
    };
    for (let at = 0; at < length; at += 1) {
      next[at] = at + 1;
      previous[at + 1] = at;
    }
    for (let at = 0; at < length; at += 1) offer(at);
    let parts = length;
    for (let pair = heap.pop(); pair !== undefined; pair = heap.pop()) {
      const at = pair % RANK_PLACE;
      if (rankAt[at] !== (pair - at) / RANK_PLACE) continue;
      const merged = endOf(at);
      const end = endOf(merged);
      rankAt[merged] = NONE;
      next[at] = end;
      previous[end] = at;
      parts -= 1;
      offer(at);
      if (at > 0) offer(previous[at] ?? 0);
    }
    return parts;
  }
}

function roomFor(length: number): Room {
  return {
    next: new Int32Array(length),
    previous: new Int32Array(length + 1),
    rankAt: new Int32Array(length),
  };
}
