import fc from 'fast-check';
import { expect, test } from 'vitest';
import { originalOf, storable } from '../../../domain/engine/text.js';
import { anyText } from '../conversations/records/arbitraries.js';

test('text that PostgreSQL can hold is returned unchanged', () => {
  for (const text of ['', 'plain', 'naïve 👍🏽 日本', '\u0001\t\n\u007f\u2028\uFFFD'])
    expect(storable(text)).toBe(text);
});

test.each([
  ['a\0b', 'a\uFFFDb'],
  ['\0\0', '\uFFFD\uFFFD'],
  ['\ud83d', '\uFFFD'],
  ['\udc4d\ud83d', '\uFFFD\uFFFD'],
  ['👍\ud83d👍', '👍\uFFFD👍'],
  ['\ud83d\0', '\uFFFD\uFFFD'],
])('each NUL and lone surrogate of %j is replaced by one U+FFFD', (text, stored) => {
  expect(storable(text)).toBe(stored);
});

test('the original is the exact text, lone surrogates included', () => {
  expect(originalOf('a\ud800\0')).toBe(Buffer.from([0x61, 0, 0, 0xd8, 0, 0]).toString('base64'));
  fc.assert(
    fc.property(anyText, (text) => Buffer.from(originalOf(text), 'base64').toString('utf16le') === text),
    { numRuns: 2000 },
  );
});
