/**
 * Text as PostgreSQL can hold it: each NUL and each lone surrogate becomes U+FFFD. Gives the very same text where nothing
 * had to be replaced, so `storable(text) !== text` tells whether it was changed.
 */
export function storable(text: string): string {
  if (text.isWellFormed() && !text.includes('\0')) return text;
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** Base64 of the text's UTF-16LE: exact for any text, lone surrogates included. */
export function originalOf(text: string): string {
  return Buffer.from(text, 'utf16le').toString('base64');
}

/** Length in bytes of the text's UTF-8. */
export function utf8Length(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
