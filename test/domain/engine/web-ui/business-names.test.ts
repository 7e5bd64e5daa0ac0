import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayName } from '../../../../domain/engine/web-ui/business-names.js';
import { codePoint } from '../../../support/arbitraries.js';

const FAMILY = '👨‍👩‍👧‍👦';
const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });
const countOf = (text: string) => [...characters.segment(text)].length;

describe('a business’s name, to be shown', () => {
  it.each([
    ['Acme Dental', 'Acme Dental'],
    ['  Acme\r\n\tDental\u0000 ', 'Acme Dental'],
    ['Acme\u202Elatned\u2066', 'Acme latned'],
    [`Acme ${FAMILY} Dental`, `Acme ${FAMILY} Dental`],
    ['Zahnärzte  am\u2028See', 'Zahnärzte am See'],
    ['歯科医院', '歯科医院'],
    ['half \ud83d', 'half \uFFFD'],
  ])('%j is %j', (name, shown) => {
    expect(displayName(name)).toBe(shown);
  });

  it.each(['', ' \n ', '\u0000\u200B', '\u200D', '+1 (415) 555-0100', 'owner@acme.example'])(
    '%j is none',
    (name) => {
      expect(displayName(name)).toBeUndefined();
    },
  );

  it('has neither the phone number nor the e-mail address that somebody put there', () => {
    expect(displayName('Acme +1 (415) 555-0100')).toBe('Acme …');
    expect(displayName('Acme 4155550100, jane.doe@acme.example')).toBe('Acme …, …');
    expect(displayName('Acme 415–555–0100')).toBe('Acme …');
    expect(displayName('Acme 24/7, Route 66')).toBe('Acme 24/7, Route 66');
    expect(displayName('Dental @ Home')).toBe('Dental @ Home');
  });

  it('is cut to 60 characters, none of them in the middle', () => {
    expect(displayName('x'.repeat(60))).toBe('x'.repeat(60));
    expect(displayName('x'.repeat(300))).toBe(`${'x'.repeat(59)}…`);
    expect(displayName('é'.normalize('NFD').repeat(300))).toBe(`${'é'.normalize('NFD').repeat(59)}…`);
    // Each has 25 bytes.
    expect(displayName(FAMILY.repeat(300))).toBe(`${FAMILY.repeat(9)}…`);
    expect(displayName(`a${'\u0301'.repeat(5_000)}`)).toBe(undefined);
  });

  it('is short, on one line and well-formed, whatever was given, and shown again it is the same', () => {
    const names = fc.string({ unit: codePoint, maxLength: 400 });
    fc.assert(
      fc.property(names, (name) => {
        const shown = displayName(name);
        if (shown === undefined) return;
        expect(countOf(shown)).toBeLessThanOrEqual(60);
        expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(240);
        expect(shown.isWellFormed()).toBe(true);
        expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        expect(displayName(shown)).toBe(shown);
      }),
    );
  });
});
