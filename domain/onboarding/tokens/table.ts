/** A power of two. At least half of the places stay free, so that a search ends soon. */
const SLOTS = 2 ** 19;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The tokens of an encoding and their ranks: the bytes of all tokens in one array, and a hash table of ranks over it. `o200k_base` takes 5 MB; a map of
 * strings takes 40 MB.
 */
export class TokenTable {
  readonly #bytes: Uint8Array;
  /** Where the bytes of each token end. */
  readonly #ends: Uint32Array;
  /** Rank + 1 of the token in each place: the place of its hash, or the next free one after it; 0 is free. */
  readonly #slots = new Uint32Array(SLOTS);
  #size = 0;

  /** Holds at most so many tokens, and so many bytes of them. */
  constructor(most: { readonly tokens: number; readonly bytes: number }) {
    if (most.tokens > SLOTS / 2) throw new RangeError(`A table of tokens has at most ${SLOTS / 2} of them.`);
    this.#bytes = new Uint8Array(most.bytes);
    this.#ends = new Uint32Array(most.tokens);
  }

  get size(): number {
    return this.#size;
  }

  /** Adds the next token, whose rank is the number of tokens before it. Throws if it exists already, or if there is no room. */
  add(token: Uint8Array): void {
    const rank = this.#size;
    const from = this.#startOf(rank);
    if (rank === this.#ends.length) throw new RangeError(`There are more than ${rank} tokens.`);
    const slot = this.#slotOf(token, 0, token.length);
    const same = this.#heldAt(slot);
    if (same !== 0) throw new Error(`Token ${rank} is token ${same - 1} again.`);
    this.#bytes.set(token, from);
    this.#ends[rank] = from + token.length;
    this.#slots[slot] = rank + 1;
    this.#size = rank + 1;
  }

  /** The rank of the token with the bytes between; -1 if there is none. */
  rankOf(bytes: Uint8Array, from: number, to: number): number {
    return this.#heldAt(this.#slotOf(bytes, from, to)) - 1;
  }

  /** The place of the token, or the free one where it belongs. */
  #slotOf(bytes: Uint8Array, from: number, to: number): number {
    let hash = FNV_OFFSET;
    for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME);
    let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    for (let held = this.#heldAt(slot); held !== 0; held = this.#heldAt(slot)) {
      if (this.#isToken(held - 1, bytes, from, to)) break;
      slot = (slot + 1) & (SLOTS - 1);
    }
    return slot;
  }

  #isToken(rank: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#startOf(rank);
    if (this.#startOf(rank + 1) - start !== to - from) return false;
    for (let at = from; at < to; at += 1) if (this.#bytes[start + at - from] !== bytes[at]) return false;
    return true;
  }

  #startOf(rank: number): number {
    return this.#ends[rank - 1] ?? 0;
  }

  #heldAt(slot: number): number {
    return this.#slots[slot] ?? 0;
  }
}
