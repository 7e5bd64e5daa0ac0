import { NumberValue } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';

/** Any JavaScript text, NUL and lone surrogates included and frequent. */
export const anyText = fc.string({
  unit: fc.oneof(
    { weight: 6, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) },
    { weight: 1, arbitrary: fc.constantFrom('\0', '\ud800', '\udc00', '\\', '"', '\u007f', '\u2028', '/') },
  ),
  maxLength: 12,
});

export const storableText = anyText.map((text) => text.toWellFormed().replaceAll('\0', '\uFFFD'));

/** Decimal texts as DynamoDB gives them, and as it never should. */
export const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.bigInt({ min: 0n, max: 10n ** 38n - 1n }),
    fc.option(fc.stringMatching(/^\d{1,12}$/), { nil: undefined }),
    fc.option(fc.integer({ min: -130, max: 125 }), { nil: undefined }),
    fc.constantFrom('E', 'E+', 'e'),
  )
  .map(([sign, whole, fraction, exponent, e]) => {
    const scaled = exponent === undefined ? '' : exponent < 0 ? `e${exponent}` : `${e}${exponent}`;
    return `${sign}${whole}${fraction === undefined ? '' : `.${fraction}`}${scaled}`;
  });

const wrappedNumber = fc
  .oneof(numberText, fc.constantFrom('0', '1', '-1', '42'))
  .map((text) => NumberValue.from(text));
const bytes = fc.uint8Array({ maxLength: 6 });

/** Whatever an attribute can hold, as the document client gives it. */
export const attributeValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anyText,
    wrappedNumber,
    fc.boolean(),
    fc.constant(null),
    bytes,
    fc.array(anyText, { minLength: 1, maxLength: 3 }).map((members) => new Set(members)),
    fc.array(wrappedNumber, { minLength: 1, maxLength: 3 }).map((members) => new Set(members)),
    fc.array(bytes, { minLength: 1, maxLength: 3 }).map((members) => new Set(members)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(anyText, tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** Mostly what it should be, now and then anything or absent. */
export function attribute(right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 18, arbitrary: right },
    { weight: 1, arbitrary: attributeValue },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

/** The item without the attributes that are undefined. */
export function present(item: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
}
