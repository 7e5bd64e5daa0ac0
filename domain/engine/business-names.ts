/** The names that a business has given its account and its brands, ready to be shown to operators in Temporal. */

export interface BusinessNames {
  readonly account?: string | undefined;
  readonly brand?: string | undefined;
}

/** Characters as people count them: an emoji of several code points is one. */
const MOST_CHARACTERS = 60;
/** One character may consist of hundreds of combining marks. */
const MOST_BYTES = 4 * MOST_CHARACTERS;

/** Control characters, line breaks, and marks that change the direction of the text around them. */
const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF\s]+/gu;
const VISIBLE = /[\p{L}\p{N}\p{S}]|(?!…)\p{P}/u;
/** Seven digits or more, however they are grouped. */
const PHONE_NUMBER = /\+?\p{Nd}(?:[^\p{L}\p{N}]{0,3}\p{Nd}){6,}/gu;
const EMAIL_ADDRESS = /[^@]@[^@]/;

const encoder = new TextEncoder();
const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * The name on one line, in at most 60 characters; undefined if nothing of it is visible. Replaces phone numbers and e-mail addresses
 * with an ellipsis: some businesses put them into their name. Idempotent.
 */
export function displayName(name: string): string | undefined {
  const words = onOneLine(name)
    .replaceAll(PHONE_NUMBER, '…')
    .split(' ')
    .map((word) => (EMAIL_ADDRESS.test(word) ? '…' : word))
    .join(' ');
  // Bounds the work on a name of megabytes: one that fits is shorter.
  const shown = fitted(words.slice(0, MOST_BYTES + 1).toWellFormed(), MOST_BYTES, sizeOf);
  return VISIBLE.test(shown) ? shown : undefined;
}

/** Replaces line breaks, control characters and repeated spaces with one space, and lone surrogates with U+FFFD. */
export function onOneLine(text: string): string {
  return text.toWellFormed().replaceAll(INVISIBLE, ' ').trim();
}

/** Cuts the text to the room by whole characters, and ends it with an ellipsis where it does. */
export function fitted(text: string, room: number, sizeOf: (text: string) => number): string {
  if (sizeOf(text) <= room) return text;
  let kept = '';
  for (const { segment } of characters.segment(text)) {
    if (sizeOf(`${kept}${segment}…`) > room) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** In bytes of UTF-8. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** Measures both limits, characters and bytes, on one scale. */
function sizeOf(name: string): number {
  return Math.max(byteLength(name), (MOST_BYTES / MOST_CHARACTERS) * [...characters.segment(name)].length);
}
