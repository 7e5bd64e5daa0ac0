/** Byte pair encoding of a long piece of text in n log n steps; a tokenizer's own loop takes n², a minute for 200,000 letters. */

import { Heap } from './heap.js';

/** Ranks by the token's bytes, as Latin-1. */
export type Ranks = ReadonlyMap<string, number>;

/** Longer than any token, in bytes. */
const LONGEST_TOKEN = 256;

/**
 * Counts the tokens of a piece. Merges the neighbours whose merger has the lowest rank, the leftmost of several first, until none has one.
 *
 * 1. Each byte begins as a part of its own; parts are linked with their neighbours.
 * 2. The heap has a pair for each part that could merge with the next one, by rank, then position.
 * 3. A pair that is not what it was when it was put there is passed over.
 */
export function countPairs(piece: string, ranks: Ranks): number {
  const bytes = Buffer.from(piece).toString('latin1');
  const { length } = bytes;
  const next = Int32Array.from({ length }, (_none, at) => at + 1);
  const previous = Int32Array.from({ length: length + 1 }, (_none, at) => at - 1);
  const rankAt = new Float64Array(length).fill(Number.NaN);
  const heap = new Heap();
  const offer = (at: number): void => {
    const end = endOf(next, endOf(next, at));
    const rank = end - at > LONGEST_TOKEN ? undefined : ranks.get(bytes.slice(at, end));
    rankAt[at] = rank ?? Number.NaN;
    if (rank !== undefined) heap.push(rank * 2 ** 31 + at);
  };
  for (let at = 0; at < length; at += 1) offer(at);
  let parts = length;
  for (let pair = heap.pop(); pair !== undefined; pair = heap.pop()) {
    const at = pair % 2 ** 31;
    if (rankAt[at] !== (pair - at) / 2 ** 31) continue;
    const merged = endOf(next, at);
    const end = endOf(next, merged);
    rankAt[merged] = Number.NaN;
    next[at] = end;
    previous[end] = at;
    parts -= 1;
    offer(at);
    const before = previous[at] ?? -1;
    if (before >= 0) offer(before);
  }
  return parts;
}

/** Where the part at `at` ends; beyond the last one is nothing to merge with. */
function endOf(next: Int32Array, at: number): number {
  return next[at] ?? Number.POSITIVE_INFINITY;
}
