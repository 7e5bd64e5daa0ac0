import fc from 'fast-check';

const [FIRST_SURROGATE, SURROGATES, CODE_POINTS] = [0xd800, 0x800, 0x110000];

/** Any code point, as `unit: 'binary'` of fast-check, which takes a second for each arbitrary: it makes a map of all of them. */
export const codePoint: fc.Arbitrary<string> = fc.nat(CODE_POINTS - SURROGATES - 1).map(
  (place) => String.fromCodePoint(place < FIRST_SURROGATE ? place : place + SURROGATES),
  (text) => {
    const point = typeof text === 'string' ? (text.codePointAt(0) ?? NaN) : NaN;
    if (String.fromCodePoint(point) !== text || !text.isWellFormed()) throw new Error('not a code point');
    return point < FIRST_SURROGATE ? point : point - SURROGATES;
  },
);
