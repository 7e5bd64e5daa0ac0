import { BACKSLASH, LETTER_U, LOWER_CASE, NINE, ZERO } from './ascii.js';

/** The characters of two-character escapes, by their second character. */
const LETTERS: readonly number[] = Array.from({ length: 128 }, (_, letter) =>
  'bfnrt'.includes(String.fromCharCode(letter))
    ? (JSON.parse(`"\\${String.fromCharCode(letter)}"`) as string).charCodeAt(0)
    : letter,
);

/** The result of `readEscape`: one shared object, since it is called for each escape. */
export const escape = {
  /** The code point; -1 for NUL and for half of a pair of surrogates, which PostgreSQL cannot hold. */
  code: 0,
  /** In bytes. */
  length: 0,
};

/** Reads the escape that begins with the backslash at this position of valid JSON into `escape`. */
export function readEscape(bytes: Uint8Array, at: number): void {
  const letter = bytes[at + 1] ?? 0;
  [escape.code, escape.length] = [LETTERS[letter] ?? -1, 2];
  if (letter !== LETTER_U) return;
  const unit = hex(bytes, at + 2);
  [escape.code, escape.length] = [unit === 0 ? -1 : unit, 6];
  if (unit < 0xd800 || unit > 0xdfff) return;
  const isPair = unit < 0xdc00 && bytes[at + 6] === BACKSLASH && bytes[at + 7] === LETTER_U;
  const low = isPair ? hex(bytes, at + 8) : 0;
  [escape.code, escape.length] =
    low >= 0xdc00 && low <= 0xdfff ? [0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00), 12] : [-1, 6];
}

function hex(bytes: Uint8Array, from: number): number {
  let value = 0;
  for (let at = from; at < from + 4; at += 1) {
    const digit = bytes[at] ?? 0;
    value = value * 16 + (digit <= NINE ? digit - ZERO : (digit | LOWER_CASE) - 0x57);
  }
  return value;
}

/** The high bits of each byte of a character after the first. */
const CONTINUED = 0x80;

/** Writes a character; returns where it ends. */
export function putUtf8(out: Uint8Array, from: number, code: number): number {
  let at = from;
  if (code < 0x80) {
    out[at++] = code;
    return at;
  }
  if (code < 0x800) out[at++] = 0xc0 | (code >> 6);
  else {
    if (code < 0x1_0000) out[at++] = 0xe0 | (code >> 12);
    else {
      out[at++] = 0xf0 | (code >> 18);
      out[at++] = CONTINUED | ((code >> 12) & 0x3f);
    }
    out[at++] = CONTINUED | ((code >> 6) & 0x3f);
  }
  out[at++] = CONTINUED | (code & 0x3f);
  return at;
}

/**
 * Decodes a string of valid JSON, given without its quotes. Returns the end of the output, or -1 if PostgreSQL cannot hold the text. The output is
 * never longer than the string.
 */
export function putUnescaped(
  bytes: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  start: number,
): number {
  let end = start;
  for (let at = from; at < to;) {
    const byte = bytes[at] ?? 0;
    if (byte !== BACKSLASH) {
      out[end++] = byte;
      at += 1;
      continue;
    }
    readEscape(bytes, at);
    if (escape.code < 0) return -1;
    end = putUtf8(out, end, escape.code);
    at += escape.length;
  }
  return end;
}
