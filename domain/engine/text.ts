/**
 * Converts text to what PostgreSQL can hold: each NUL and lone surrogate becomes U+FFFD. Returns the same text if nothing was replaced, so
 * `storable(text) !== text` shows a change.
 */
export function storable(text: string): string {
  if (text.isWellFormed() && !text.includes('\0')) return text;
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** Base64 of the text's UTF-16LE: exact for any text, including lone surrogates. */
export function originalOf(text: string): string {
  return Buffer.from(text, 'utf16le').toString('base64');
}

/** Length in bytes of the text's UTF-8. */
export function utf8Length(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
