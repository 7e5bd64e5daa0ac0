import { Problem } from './problems.js';

/** A place in a list, made opaque: who reads it depends on nothing in it. */
export function cursorOf(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Throws Problem 400 for what is none of ours, or another list's; `fits` looks at the parts together. */
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
    // Answered below.
  }
  throw new Problem('invalid-input', 'The cursor is not one that was given out here.', {
    errors: [{ field: 'cursor', in: 'query', pointer: '#/cursor', detail: 'must be a next_cursor' }],
  });
}
