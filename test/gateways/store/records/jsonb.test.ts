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
import { storeOfThisFile } from './store-database.js';

const store = storeOfThisFile();

async function asPostgresPrints(json: string): Promise<string> {
  const { rows } = await store.query<{ text: string }>('SELECT ($1::text)::jsonb::text AS text', [json]);
  return rows[0]!.text;
}

describe('jsonb text is exactly what PostgreSQL prints', () => {
  test('for any JSON value', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue({ stringUnit: storableText.map((text) => text || 'x') }),
        async (value) => {
          expect(jsonbText(value)).toEqual({
            text: await asPostgresPrints(JSON.stringify(value)),
            replaced: false,
            tooDeep: false,
          });
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('for any keys, sorted by the length of their UTF-8 and then by its bytes', async () => {
    const keys = fc.oneof(
      storableText,
      fc.constantFrom('', 'a', 'b', 'aa', 'é', '\uffff', '😀', 'zzzz', '\ue000'),
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(keys, fc.integer(), { maxKeys: 12 }), async (value) => {
        expect(jsonbText(value).text).toBe(await asPostgresPrints(JSON.stringify(value)));
      }),
      { numRuns: 1000 },
    );
  });

  test('for any number', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(numberText, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)),
        async (text) => {
          const { rows } = await store.query<{ text: string }>('SELECT $1::numeric::text AS text', [text]);
          expect(plainDecimal(text)).toBe(rows[0]!.text);
          expect(await asPostgresPrints(jsonbText(NumberValue.from(text)).text)).toBe(rows[0]!.text);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('for whatever an attribute can hold: what is printed once is printed the same by PostgreSQL', async () => {
    await fc.assert(
      fc.asyncProperty(attributeValue, async (value) => {
        const { text } = jsonbText(value);
        expect(await asPostgresPrints(text)).toBe(text);
      }),
      { numRuns: 1000 },
    );
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
  '%j is no number that PostgreSQL holds, and stays readable',
  (text) => {
    expect(plainDecimal(text)).toBeUndefined();
    expect(jsonbText({ value: text, toAttributeValue: () => ({ N: text }) }).text).toBe(JSON.stringify(text));
  },
);

test('numbers of a dump are numbers, and what JSON has no word for is readable', () => {
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

test('replaced text is told, and the exact text still says what it was', () => {
  expect(jsonbText({ 'a\0': ['\ud800'] })).toMatchObject({ text: '{"a\uFFFD": ["\uFFFD"]}', replaced: true });
  expect(exactJsonText({ 'a\0': ['\ud800'] })).toBe('{"a\\u0000": ["\\ud800"]}');
  expect(jsonbText({ fine: ['\uFFFD'] }).replaced).toBe(false);
});

test('of keys that become the same the later stays, and the exact text has both', () => {
  expect(jsonbText({ '\0': 1, '\ud800': 2 }).text).toBe('{"\uFFFD": 2}');
  expect(JSON.parse(exactJsonText({ '\0': 1, '\ud800': 2 }))).toEqual({ '\0': 1, '\ud800': 2 });
});

test('nesting beyond all measure is told, not followed', () => {
  const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
  expect(jsonbText(deep).tooDeep).toBe(true);
});
