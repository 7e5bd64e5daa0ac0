import { NumberValue } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDumpLine } from '../../../../domain/conversations/records/dump-line.js';
import { jsonbText } from '../../../../domain/conversations/records/jsonb.js';
import { attributeValueJson } from '../../../../domain/conversations/records/raw.js';
import { codePoint } from '../../../support/arbitraries.js';

const metadataOf = (number: string) => jsonbText(parseDumpLine(`{"n": ${number}}`)).text;

describe('a line of a dump', () => {
  it('is a record as JSON reads it', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: codePoint }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 5 }),
        (record) => {
          const line = JSON.stringify(record);
          expect(jsonbText(parseDumpLine(line))).toEqual(jsonbText(JSON.parse(line)));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is refused if it is not JSON, or not an object', () => {
    for (const line of [
      '',
      '{',
      '{"a":1',
      '[1]',
      '"text"',
      '5',
      'null',
      'true',
      '{"a":1}{"b":2}',
      '\ufeff{}',
    ])
      expect(parseDumpLine(line), line).toBeUndefined();
  });

  it.each([
    ['12345678901234567890', '12345678901234567890'],
    ['-0.12345678901234567890123456789', '-0.12345678901234567890123456789'],
    ['1e400', `1${'0'.repeat(400)}`],
    ['1.5E-300', `0.${'0'.repeat(299)}15`],
    ['9007199254740993', '9007199254740993'],
    ['0.1', '0.1'],
    ['1500', '1500'],
    ['123456789012345', '123456789012345'],
  ])('keeps all digits of %s', (number, text) => {
    expect(metadataOf(number)).toBe(`{"n": ${text}}`);
  });

  it('keeps numbers apart from texts that look like them, and from whatever marks them meanwhile', () => {
    const line =
      '{"a": "#12345678901234567890", "b": "\\u0023\\u0023", "c": [12345678901234567890, "x: 12345678901234567890"], "d": "\\"", "e": 1}';
    expect(jsonbText(parseDumpLine(line)).text).toBe(
      '{"a": "#12345678901234567890", "b": "##", "c": [12345678901234567890, "x: 12345678901234567890"], "d": "\\"", "e": 1}',
    );
  });

  it('is read together with a text of megabytes', () => {
    const body = 'a "quoted" \\ text '.repeat(150_000);
    const record = parseDumpLine(`{"body": ${JSON.stringify(body)}, "n": 12345678901234567890}`);
    expect(record?.['body']).toBe(body);
    expect(jsonbText(record?.['n']).text).toBe('12345678901234567890');
  });

  it('has the raw form that the same record has in the tables', () => {
    const record = { body: 5, flag: true, none: null, list: ['a', 1.5], map: { 'a\u0000': '\ud83d' } };
    const big = '12345678901234567890';
    const line = `${JSON.stringify(record).slice(0, -1)}, "big": ${big}}`;
    const wrapped = { ...record, big: NumberValue.from(big) };
    expect(attributeValueJson(parseDumpLine(line))).toBe(attributeValueJson(wrapped));
  });
});
