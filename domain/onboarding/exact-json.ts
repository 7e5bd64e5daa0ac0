/** Compares JSON texts with every digit. */

/** A JSON value in which each number is its exact decimal form, as text that no string of the document can be. */
type Exact = string | boolean | null | readonly Exact[] | { readonly [key: string]: Exact };

const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Undefined if the text is not JSON. */
export function exactOf(text: string): Exact | undefined {
  try {
    // Otherwise invalid JSON could become valid.
    JSON.parse(text);
    const tagged = text.replace(TOKENS, (token) =>
      token.startsWith('"') ? `"s${token.slice(1)}` : `"n${decimal(token)}"`,
    );
    return JSON.parse(tagged) as Exact;
  } catch {
    return undefined;
  }
}

/** Keys are tagged as well, which changes nothing for comparisons. */
export function isEqual(left: Exact | undefined, right: Exact | undefined): boolean {
  return left !== undefined && right !== undefined && isWithin(left, right) && isWithin(right, left);
}

/** Whether `found` has nothing that `written` lacks. Objects may lack members. */
export function isWithin(found: Exact, written: Exact): boolean {
  if (found === null || written === null || typeof found !== 'object' || typeof written !== 'object')
    return found === written;
  if (Array.isArray(found) || Array.isArray(written)) {
    if (!Array.isArray(found) || !Array.isArray(written) || found.length !== written.length) return false;
    return found.every((each: Exact, at) => isEqual(each, written[at] as Exact));
  }
  const [inner, outer] = [found, written] as Readonly<Record<string, Exact>>[];
  return Object.keys(inner ?? {}).every((key) => {
    const [mine, theirs] = [
      inner?.[key],
      outer !== undefined && Object.hasOwn(outer, key) ? outer[key] : undefined,
    ];
    return mine !== undefined && theirs !== undefined && isWithin(mine, theirs);
  });
}

/** One form for numbers of one value: digits without surrounding zeros, and the power of ten. */
function decimal(token: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE](.+))?$/.exec(token) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const exponent = BigInt(power) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign}${significant}e${exponent}`;
}
