import { byteOrder } from '../../domain/engine/byte-order.js';

/** Keys as positions, so that a range can be cut into parts of about the same size. */
export interface NumberLine {
  /** Undefined where the key has no place on the line. */
  place(key: string): number | undefined;
  /** A key at about this position; undefined where there is none. */
  keyAt(position: number): string | undefined;
  /** How far below a position the oldest key is looked for when the oldest of all has no place. */
  readonly reach: number;
}

/** Positions stay whole numbers that a double holds. */
const LARGEST = 2 ** 52;

/**
 * Any keys: behind what all of `keys` begin with, characters are digits in the alphabet that these keys use. Decimal,
 * hexadecimal and base-62 ids come out evenly.
 */
export function textLine(keys: readonly string[]): NumberLine {
  const prefix = commonPrefix(keys);
  const alphabet = alphabetOf(keys, prefix.length);
  const base = alphabet.length + 1;
  const digits = Math.max(1, Math.floor(Math.log(LARGEST) / Math.log(base)));
  return {
    // A key that ends early comes before all that go on: digit 0 is the end.
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

/** Of a few hundred keys: enough to have seen what ids are made of. Surrogates are left out: halves are no text. */
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
