import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDumpLine } from '../../../domain/conversations/records/dump-line.js';
import { mapMessage } from '../../../domain/conversations/records/map-message.js';
import { LinePage } from '../../../gateways/dumps/line-page.js';
import { anyText, present } from '../../domain/conversations/records/arbitraries.js';
import { context, messageItem } from '../../domain/conversations/records/items.js';
import { fastRow } from './fast-row.js';

const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(-0, 1e21),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { weight: 3, arbitrary: anyText },
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(anyText, fc.constantFrom('a', 'b', 'aa')), tie('value'), { maxKeys: 3 }),
  ),
}));
const attribute = (right: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 200, arbitrary: right }, value, fc.constant(undefined));
const name = fc.constantFrom('a', 'recording_url', 'größe', 'b c');
const usual = fc.constantFrom('https://files.example/1', 'Grüße', 3, -1.5, true, null, [1, {}], {
  b: '',
  a: 1,
});
const map = fc.oneof(
  { weight: 3, arbitrary: fc.dictionary(name, usual, { maxKeys: 4 }) },
  fc.dictionary(name, value, { maxKeys: 4 }),
);
const text = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('two\nlines', 'a\t\\"b"', '😀') }, anyText);
const message = fc
  .record({
    ...Object.fromEntries(
      Object.entries(messageItem()).map(([name, text]) => [name, attribute(fc.constant(text))]),
    ),
    body: attribute(text),
    kind: attribute(fc.constantFrom('text', 'call')),
    telephony: attribute(map),
    metadata: attribute(map),
    more: value,
  })
  .map(present);
/** JSON as one program or another writes it. */
const line = fc
  .tuple(message, fc.constantFrom('', ' ', '\t', '\r'))
  .map(([item, space]) =>
    space === '' ? JSON.stringify(item) : JSON.stringify(item, null, space).replaceAll('\n', ' '),
  );
const damaged = fc
  .tuple(line, fc.nat(), fc.constantFrom('', ',', '"', '{', '}', '\\', '0', '-', 'e', 'tru', '\u0001'))
  .map(([text, at, put]) => {
    const where = at % (text.length + 1);
    return text.slice(0, where) + put + text.slice(where + 1);
  });

test('a line of a dump is read as JSON.parse reads it, and mapped the same way', () => {
  let plain = 0;
  const page = new LinePage('messages');
  fc.assert(
    fc.property(fc.oneof({ weight: 2, arbitrary: line }, damaged), (text) => {
      // As it comes out of the file.
      const bytes = Buffer.from(text);
      const parsed = parseDumpLine(bytes.toString());
      expect(page.add(bytes, 0, bytes.length, () => true)).toBe(parsed === undefined ? undefined : true);
      if (parsed === undefined) return;
      const record = page.records.at(-1);
      expect(JSON.stringify(record?.item)).toBe(JSON.stringify(parsed));
      expect(record?.brandId).toBe(typeof parsed['brand_id'] === 'string' ? parsed['brand_id'] : undefined);
      const row = fastRow(record);
      if (row === undefined) return;
      plain += 1;
      expect({ kind: 'row', row }).toEqual(mapMessage(parsed, context));
    }),
    { numRuns: 2_000 },
  );
  expect(plain).toBeGreaterThan(200);
});

test('unwanted records leave nothing behind', () => {
  const page = new LinePage('messages');
  const lines = ['one', 'two\n', 'three'].map((body) => Buffer.from(JSON.stringify(messageItem({ body }))));
  for (const [at, bytes] of lines.entries())
    expect(page.add(bytes, 0, bytes.length, () => at !== 1)).toBe(at !== 1);
  expect(page.records.map(({ item }) => item['body'])).toEqual(['one', 'three']);
  expect(page.records.map((record) => record.message(context)?.row.body)).toEqual(['one', 'three']);
});
