import fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { describe, expect, test } from 'vitest';
import { identityOf, phoneNumberOf, regionOf } from '../../../../domain/conversations/records/phone.js';

test.each([
  ['en-US', 'US'],
  ['en_US', 'US'],
  ['en_US.UTF-8', 'US'],
  ['EN-us', 'US'],
  ['de-DE', 'DE'],
  ['zh-Hant-TW', 'TW'],
  ['fr_CA', 'CA'],
  ['en-UK', 'GB'],
  ['en', 'US'],
  ['de', 'DE'],
  [' pt-BR ', 'BR'],
  ['', undefined],
  ['rubbish that is no locale', undefined],
  ['es-419', undefined],
  [undefined, undefined],
  [42, undefined],
])('the region of the locale %j is %s', (locale, region) => {
  expect(regionOf(locale)).toBe(region);
});

describe('a number has one identity in any format', () => {
  test.each([
    '+15550001111',
    '+1 555 000 1111',
    '+1 (555) 000-1111',
    '+1.555.000.1111',
    '(555) 000-1111',
    '555-000-1111',
    '5550001111',
    '1-555-000-1111',
    '15550001111',
    '  +15550001111\t',
    '\u00a0+15550001111',
    '\u202a+1 555-000-1111\u202c',
    'tel:+15550001111',
    'TEL:+1-555-000-1111',
    'tel:555-000-1111;phone-context=+1',
    '011 1 555 000 1111',
    '＋１５５５０００１１１１',
  ])('%j', (text) => {
    expect(identityOf(text, 'US')).toBe('+15550001111');
  });
});

test('national numbers are parsed by the region, and are invalid without one', () => {
  expect(identityOf('020 7946 0958', 'GB')).toBe('+442079460958');
  expect(identityOf('030 123456', 'DE')).toBe('+4930123456');
  expect(identityOf('0049 30 123456', 'GB')).toBe('+4930123456');
  expect(identityOf('020 7946 0958', undefined)).toBeNull();
  expect(identityOf('+44 20 7946 0958', undefined)).toBe('+442079460958');
});

test('the number of a channel becomes E.164, or is invalid', () => {
  expect(phoneNumberOf('+15550001111')).toBe('+15550001111');
  for (const text of ['5550001111', '(555) 000-1111', '+1 555 000 1111', '+1', '+15550001111222', '', 'x'])
    expect(phoneNumberOf(text)).toBeUndefined();
});

test.each([
  '',
  '   ',
  '12345',
  '911',
  '555-1234',
  'ACME',
  '1-800-FLOWERS',
  'anna@example.org',
  'call +15550001111',
  '+15550001111 ext. 5',
  '+15550001111x5',
  'tel:+15550001111;ext=5',
  '+1555000',
  '+1555000111122223333',
  '+999123456789',
  '+15550001111 / +15550002222',
  'sip:+15550001111@example.org',
  '+1555000111\uFFFD',
  '5'.repeat(400_000),
])('%j is not a phone number', (text) => {
  expect(identityOf(text, 'US')).toBeNull();
  // A second question is answered from memory.
  expect(identityOf(text, 'US')).toBeNull();
});

test('numbers of the North American plan are what the library makes of them', () => {
  const number = fc.integer({ min: 2_000_000_000, max: 9_999_999_999 }).map((digits) => `+1${digits}`);
  fc.assert(
    fc.property(number, fc.constantFrom('US', 'DE', undefined), (text, region) => {
      const parsed = parsePhoneNumberFromString(text, {
        extract: false,
        ...(region && { defaultCountry: region }),
      });
      expect(parsed?.isPossible()).toBe(true);
      expect(identityOf(text, region)).toBe(parsed?.number);
    }),
    { numRuns: 2_000 },
  );
});

test('the cache of numbers is bounded and does not change results', () => {
  for (let line = 0; line <= 50_000; line += 1) identityOf(`x${line}`, 'US');
  expect(identityOf('(555) 000-1111', 'US')).toBe('+15550001111');
});
