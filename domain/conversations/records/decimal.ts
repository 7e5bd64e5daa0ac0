const PLAIN_INTEGER = /^(?:0|-?[1-9]\d{0,400})$/;
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,7}))?$/;

/** The limits of PostgreSQL's `numeric`. */
const MAX_INTEGER_DIGITS = 131_072;
const MAX_FRACTION_DIGITS = 16_383;

/**
 * A decimal number without an exponent, exactly as PostgreSQL prints it as `numeric`: `1.50E+3` is `1500`, `1.5E-7` is `0.00000015`, `-0` is `0`,
 * `1.50` stays `1.50`. Undefined if the text is not a number or exceeds `numeric`.
 */
export function plainDecimal(text: string): string | undefined {
  if (PLAIN_INTEGER.test(text)) return text;
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match;
  const digits = whole + fraction;
  if (digits === '') return undefined;

  const exponent = Number(exponentText);
  const scale = Math.max(0, fraction.length - exponent);
  const point = whole.length + exponent;
  if (scale > MAX_FRACTION_DIGITS || point > MAX_INTEGER_DIGITS) return undefined;

  const integerPart = digits.slice(0, Math.max(0, point)).padEnd(Math.max(0, point), '0').replace(/^0+/, '');
  const fractionPart = scale === 0 ? '' : digits.slice(Math.max(0, point)).padStart(scale, '0');
  const unsigned = (integerPart || '0') + (fractionPart && `.${fractionPart}`);
  return sign === '-' && /[1-9]/.test(digits) ? `-${unsigned}` : unsigned;
}
