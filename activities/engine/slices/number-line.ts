import { byteOrder } from '../../../domain/engine/bytes/order.js';

/** Maps keys to positions, so that a range can be cut into parts of similar size. */
export interface NumberLine {
  /** Undefined when the key has no position on the line. */
  place(key: string): number | undefined;
  /** A key near this position; undefined when there is none. */
  keyAt(position: number): string | undefined;
  /** How far below a position to search for the oldest key when the oldest of all has no position. */
  readonly reach: number;
}

/** Positions stay integers that a double can hold. */
const LARGEST = 2 ** 52;

/**
 * A line for any keys. After the common prefix of `keys`, characters count as digits in the alphabet of these keys. Decimal, hexadecimal and base-62
 * ids are spread evenly.
 */
export function textLine(keys: readonly string[]): NumberLine {
  const prefix = commonPrefix(keys);
  const alphabet = alphabetOf(keys, prefix.length);
  const base = alphabet.length + 1;
  const digits = Math.max(1, Math.floor(Math.log(LARGEST) / Math.log(base)));
  return {
    // A key that ends sorts before all that continue: digit 0 stands for the end.
    place(key) {
      if (!key.startsWith(prefix)) return byteOrder(key, prefix) < 0 ? 0 : base ** digits - 1;
      let position = 0;
      for (let at = 0; at < digits; at += 1)
        position = position * base + rank(alphabet, key[prefix.length + at]);
      return position;
    },
    keyAt(position) {
      let rest = Math.floor(position);
      let key = '';
      for (let at = 0; at < digits; at += 1) {
        key = (alphabet[(rest % base) - 1] ?? '') + key;
        rest = Math.floor(rest / base);
      }
      return key === '' ? undefined : prefix + key;
    },
    reach: LARGEST,
  };
}

function rank(alphabet: readonly string[], character: string | undefined): number {
  if (character === undefined) return 0;
  const known = alphabet.indexOf(character);
  if (known >= 0) return known + 1;
  return alphabet.filter((other) => byteOrder(other, character) < 0).length;
}

function commonPrefix(keys: readonly string[]): string {
  let prefix = keys[0] ?? '';
  for (const key of keys) {
    while (!key.startsWith(prefix)) prefix = prefix.slice(0, -1);
  }
  return prefix;
}

/** Samples a few hundred keys, enough to learn the alphabet of ids. Skips surrogates, because half a pair is not text. */
function alphabetOf(keys: readonly string[], from: number): string[] {
  const step = Math.max(1, Math.floor(keys.length / 300));
  const seen = new Set<string>();
  for (let at = 0; at < keys.length; at += step) {
    for (const character of (keys[at] ?? '').slice(from, from + 16))
      if (character.length === 1) seen.add(character);
  }
  const alphabet = [...seen].filter((character) => character.isWellFormed());
  return alphabet.length > 1 ? alphabet.toSorted(byteOrder) : ['0', '1'];
}
