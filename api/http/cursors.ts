import { Problem } from './problems.js';

/** Encodes a position in a list as an opaque cursor. */
export function cursorOf(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Decodes a cursor. Throws Problem 400 for one that this list did not create. @param fits checks the parts together. */
export function readCursor(
  cursor: string,
  shapes: readonly RegExp[],
  fits: (parts: readonly string[]) => boolean = () => true,
): string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parts) && parts.length === shapes.length) {
      const texts = parts.map(String);
      if (shapes.every((shape, i) => shape.test(texts[i] ?? '')) && fits(texts)) return texts;
    }
  } catch {
    // Answered with the problem below.
  }
  throw new Problem('invalid-input', 'The cursor is not a next_cursor of this list.', {
    errors: [{ field: 'cursor', in: 'query', pointer: '#/cursor', detail: 'must be a next_cursor' }],
  });
}
