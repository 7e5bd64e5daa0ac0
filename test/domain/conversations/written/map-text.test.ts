import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nativeItem } from '../../../../domain/conversations/records/attribute-json.js';
import { parseDumpLine } from '../../../../domain/conversations/records/dump-line.js';
import { jsonbText } from '../../../../domain/conversations/records/jsonb.js';
import { mapText } from '../../../../domain/conversations/written/map-text.js';
import type { Notation } from '../../../../domain/conversations/written/record-reader.js';
import { anyText, numberText } from '../records/arbitraries.js';

/** Stands for a number in JSON, which `JSON.stringify` would write in its own way. */
const NUMBER = '#number ';
const number = fc.oneof(
  numberText,
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('0', '-0', '-0.0', '1.50', '0.1', '1e5', '3.2800000000000002', '100000000000000000000'),
);
const name = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('app', 'b', 'a', 'ab', 'größe', 'recording_url') },
  anyText,
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('web', 'Grüße 😀', 'two\nlines, "quoted" \\ \u001f'),
    anyText,
    number.map((text) => `${NUMBER}${text}`),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
}));
const map = fc.dictionary(name, value, { maxKeys: 6 });

/** As programs write it: with or without white space, with all but ASCII escaped or only what must be. */
const style = fc.record({
  space: fc.constantFrom('', '  ', '\t'),
  escapes: fc.constantFrom('none', 'lower', 'upper'),
});

function written(json: unknown, { space, escapes }: { space: string; escapes: string }): string {
  const text = JSON.stringify(json, null, space).replace(/"#number ([^"]*)"/g, '$1');
  if (escapes === 'none') return text;
  const hex = (unit: string) => unit.charCodeAt(0).toString(16).padStart(4, '0');
  const escaped = text.replace(/[^\n\t\u0020-\u007e]/g, (unit) => `\\u${hex(unit)}`);
  return escapes === 'upper'
    ? escaped.replace(/\\u[0-9a-f]{4}/g, (one) => `\\u${one.slice(2).toUpperCase()}`)
    : escaped;
}

/** As DynamoDB writes the value. */
function typed(one: unknown): unknown {
  if (typeof one === 'string') return one.startsWith(NUMBER) ? { N: one.slice(NUMBER.length) } : { S: one };
  if (typeof one === 'boolean') return { BOOL: one };
  if (one === null) return { NULL: true };
  return Array.isArray(one) ? { L: one.map(typed) } : { M: typedMap(one as Record<string, unknown>) };
}

function typedMap(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, typed(member)]));
}

function fast(text: string, notation: Notation) {
  // Within a page, between bytes of other records.
  const bytes = Buffer.from(`"metadata":${text},"a":"b"}`);
  return mapText(bytes, 11, 11 + Buffer.byteLength(text), notation);
}

test.each(['typed', 'plain'] as const)('the %s notation of a map gives the text of jsonb', (notation) => {
  let taken = 0;
  fc.assert(
    fc.property(map, style, (members, how) => {
      const text = written(notation === 'typed' ? typedMap(members) : members, how);
      const found = fast(text, notation);
      if (found === undefined) return;
      taken += 1;
      const meant =
        notation === 'plain'
          ? (parseDumpLine(text) ?? {})
          : nativeItem(JSON.parse(text) as Parameters<typeof nativeItem>[0]);
      const general = jsonbText(meant);
      expect(found.bytes.toString()).toBe(general.text);
      expect(general.replaced || general.tooDeep).toBe(false);
      expect(found.isEscaped).toBe(general.text.includes('\\'));
      const address = meant['recording_url'];
      expect(found.recordingUrl).toBe(typeof address === 'string' ? address : undefined);
    }),
    { numRuns: 1_000 },
  );
  expect(taken).toBeGreaterThan(200);
});

test.each([
  ['{"b":"two\\nlines \\"quoted\\" \\\\ \\/","aa":[1,-2.5,{}],"c":{"y":null,"x":true}}'],
  ['{"name":"Gr\\u00f6\\u00dfe \\ud83d\\ude00 \\u001f\\u0009"}'],
  ['{"version":3.2800000000000002,"zero":0}'],
  ['{ "open" : [ ] , "more" : { } }'],
])('%s needs no general way', (text) => {
  expect(fast(text, 'plain')?.bytes.toString()).toBe(jsonbText(parseDumpLine(text)).text);
});

test.each([
  ['{"a":"\\u0000"}', 'NUL'],
  ['{"a":"\\ud800"}', 'half of a pair'],
  ['{"a":"\\udc00\\ud800"}', 'a pair in the wrong order'],
  ['{"a":1,"a":2}', 'a repeated name'],
  ['{"a\\"":1}', 'a name with escapes'],
  ['{"a":1.0}', 'a number that JavaScript writes otherwise'],
])('%s needs the general way: %s', (text) => {
  expect(fast(text, 'plain')).toBeUndefined();
});

test('maps of many members, with long values and maps of many within, are sorted too', () => {
  const many = (depth: number): Record<string, unknown> =>
    Object.fromEntries(
      Array.from({ length: 300 }, (_, n) => [
        `name ${300 - n}`,
        depth > 0 && n % 100 === 0 ? many(depth - 1) : 'x'.repeat(n),
      ]),
    );
  const map = many(2);
  expect(fast(JSON.stringify(map), 'plain')?.bytes.toString()).toBe(jsonbText(map).text);
  expect(fast(JSON.stringify(typedMap(map)), 'typed')?.bytes.toString()).toBe(jsonbText(map).text);
});
