import { NumberValue } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainDecimal } from '../../../../domain/conversations/records/decimal.js';
import { exactJsonText, jsonbText } from '../../../../domain/conversations/records/jsonb.js';
import {
  attributeValue,
  numberText,
  storableText,
} from '../../../domain/conversations/records/arbitraries.js';
import { inBatches, storeOfThisFile } from './store-database.js';

const store = storeOfThisFile();

async function printed(type: 'jsonb' | 'numeric', texts: readonly string[]): Promise<string[]> {
  const { rows } = await store.query<{ text: string }>(
    `SELECT (text::${type})::text AS text FROM unnest($1::text[]) WITH ORDINALITY AS given (text, n) ORDER BY n`,
    [texts],
  );
  return rows.map(({ text }) => text);
}

describe('jsonb text is exactly what PostgreSQL prints', () => {
  test('for any JSON value', async () => {
    const anyValue = fc.jsonValue({ stringUnit: storableText.map((text) => text || 'x') });
    await inBatches(anyValue, 1_000, async (values) => {
      const texts = await printed(
        'jsonb',
        values.map((value) => JSON.stringify(value)),
      );
      expect(values.map(jsonbText)).toEqual(texts.map((text) => ({ text, replaced: false, tooDeep: false })));
    });
  });

  test('for any keys, sorted by the length of their UTF-8 and then by its bytes', async () => {
    const keys = fc.oneof(
      storableText,
      fc.constantFrom('', 'a', 'b', 'aa', 'é', '\uffff', '😀', 'zzzz', '\ue000'),
    );
    await inBatches(fc.dictionary(keys, fc.integer(), { maxKeys: 12 }), 1_000, async (values) => {
      expect(values.map((value) => jsonbText(value).text)).toEqual(
        await printed(
          'jsonb',
          values.map((value) => JSON.stringify(value)),
        ),
      );
    });
  });

  test('for any number', async () => {
    const anyNumber = fc.oneof(numberText, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String));
    await inBatches(anyNumber, 1_000, async (texts) => {
      const numbers = await printed('numeric', texts);
      expect(texts.map(plainDecimal)).toEqual(numbers);
      const written = texts.map((text) => jsonbText(NumberValue.from(text)).text);
      expect(await printed('jsonb', written)).toEqual(numbers);
    });
  });

  test('for any attribute: PostgreSQL prints the same text', async () => {
    await inBatches(attributeValue, 1_000, async (values) => {
      const texts = values.map((value) => jsonbText(value).text);
      expect(await printed('jsonb', texts)).toEqual(texts);
    });
  });
});

test.each([
  ['1.50E+3', '1500'],
  ['1.500E2', '150.0'],
  ['1.5E-7', '0.00000015'],
  ['-0', '0'],
  ['-0.0', '0.0'],
  ['0E5', '0'],
  ['0e-5', '0.00000'],
  ['1.50', '1.50'],
  ['+7', '7'],
  ['007', '7'],
  ['.5', '0.5'],
  ['5.', '5'],
  ['-1E-130', `-0.${'0'.repeat(129)}1`],
  ['9.99E125', `999${'0'.repeat(123)}`],
])('%s is written %s', (text, plain) => {
  expect(plainDecimal(text)).toBe(plain);
});

test.each(['', '.', '-', 'NaN', 'Infinity', '1e', '0x10', '1 ', '١', '1e-20000', '1e999999'])(
  '%j is not a number for PostgreSQL, and stays readable',
  (text) => {
    expect(plainDecimal(text)).toBeUndefined();
    expect(jsonbText({ value: text, toAttributeValue: () => ({ N: text }) }).text).toBe(JSON.stringify(text));
  },
);

test('numbers of a dump are numbers, and values without a JSON form stay readable', () => {
  expect(jsonbText([1, -0, 1e21, 1.5e-7, 12n, Number.POSITIVE_INFINITY]).text).toBe(
    '[1, 0, 1000000000000000000000, 0.00000015, 12, "Infinity"]',
  );
});

test('a set is a list that does not depend on the order of its members', () => {
  expect(jsonbText(new Set(['b', 'a', 'c'])).text).toBe('["a", "b", "c"]');
  expect(jsonbText(new Set(['c', 'b', 'a'])).text).toBe('["a", "b", "c"]');
});

test('binary is base64', () => {
  const whole = new Uint8Array([0, 1, 2, 3, 255]);
  expect(jsonbText({ b: whole, part: whole.subarray(3) }).text).toBe('{"b": "AAECA/8=", "part": "A/8="}');
});

test('a map that looks like a number is a map', () => {
  expect(jsonbText({ value: '12' }).text).toBe('{"value": "12"}');
  expect(jsonbText({ value: '12', constructor: { name: 'NumberValue' } }).text).toContain('"value": "12"');
  expect(jsonbText({ toAttributeValue: 'no function' }).text).toBe('{"toAttributeValue": "no function"}');
});

test('a map may have any key', () => {
  expect(jsonbText(JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "": 3}')).text).toBe(
    '{"": 3, "__proto__": {"a": 1}, "constructor": 2}',
  );
});

test('replaced text is reported, and the exact text is kept', () => {
  expect(jsonbText({ 'a\0': ['\ud800'] })).toMatchObject({ text: '{"a\uFFFD": ["\uFFFD"]}', replaced: true });
  expect(exactJsonText({ 'a\0': ['\ud800'] })).toBe('{"a\\u0000": ["\\ud800"]}');
  expect(jsonbText({ fine: ['\uFFFD'] }).replaced).toBe(false);
});

test('of keys that become equal the later one stays, and the exact text has both', () => {
  expect(jsonbText({ '\0': 1, '\ud800': 2 }).text).toBe('{"\uFFFD": 2}');
  expect(JSON.parse(exactJsonText({ '\0': 1, '\ud800': 2 }))).toEqual({ '\0': 1, '\ud800': 2 });
});

test('excessive nesting is reported, not followed', () => {
  const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
  expect(jsonbText(deep).tooDeep).toBe(true);
});
