/** The names that a business has given to a subject and its units, prepared for display in Temporal. */

export interface Names {
  readonly subject?: string | undefined;
  readonly unit?: string | undefined;
}

/** Characters as people count them: an emoji of several code points counts as one. */
const MOST_CHARACTERS = 60;
/** A single character may consist of hundreds of combining marks. */
const MOST_BYTES = 4 * MOST_CHARACTERS;

/** Control characters, line breaks, and marks that change the direction of the text around them. */
const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF\s]+/gu;
const VISIBLE = /[\p{L}\p{N}\p{S}]|(?!…)\p{P}/u;
/** Seven or more digits in any grouping. */
const PHONE_NUMBER = /\+?\p{Nd}(?:[^\p{L}\p{N}]{0,3}\p{Nd}){6,}/gu;
const EMAIL_ADDRESS = /[^@]@[^@]/;

const encoder = new TextEncoder();
const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * The name on one line, at most 60 characters; undefined if nothing visible is left. Replaces phone numbers and e-mail addresses, which some
 * businesses put into their name, with an ellipsis. Idempotent.
 */
export function displayName(name: string): string | undefined {
  const words = onOneLine(name)
    .replaceAll(PHONE_NUMBER, '…')
    .split(' ')
    .map((word) => (EMAIL_ADDRESS.test(word) ? '…' : word))
    .join(' ');
  // Bounds the work for a name of megabytes.
  const shown = fitted(words.slice(0, MOST_BYTES + 1).toWellFormed(), MOST_BYTES, sizeOf);
  return VISIBLE.test(shown) ? shown : undefined;
}

/** Replaces line breaks, control characters and repeated spaces with one space, and lone surrogates with U+FFFD. */
export function onOneLine(text: string): string {
  return text.toWellFormed().replaceAll(INVISIBLE, ' ').trim();
}

/** Cuts the text to the room at a character boundary and appends an ellipsis if it was cut. */
export function fitted(text: string, room: number, sizeOf: (text: string) => number): string {
  if (sizeOf(text) <= room) return text;
  let kept = '';
  for (const { segment } of characters.segment(text)) {
    if (sizeOf(`${kept}${segment}…`) > room) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** Bytes of UTF-8. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** The greater of characters and bytes, on a common scale. */
function sizeOf(name: string): number {
  return Math.max(byteLength(name), (MOST_BYTES / MOST_CHARACTERS) * [...characters.segment(name)].length);
}
