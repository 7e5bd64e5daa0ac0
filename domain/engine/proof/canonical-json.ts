import serialize from 'canonicalize';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** The package is a CommonJS function, whatever its types say. */
const canonicalize = serialize as unknown as (value: Json) => string;

/** What `JSON.stringify` makes of half a surrogate pair, after an even number of backslashes. */
const HALF_A_PAIR = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

/**
 * The canonical JSON of RFC 8785: no white space, members ordered by the UTF-16 units of their names, numbers and strings as ECMAScript prints them.
 * Throws TypeError for numbers that are not finite and for lone surrogates, which RFC 8785 does not allow; RangeError for too many levels.
 */
export function canonicalJson(value: Json): string {
  const text = canonicalOf(value);
  if (HALF_A_PAIR.test(text)) throw new TypeError('Text with half a surrogate pair has no canonical form.');
  return text;
}

function canonicalOf(value: Json): string {
  try {
    return canonicalize(value);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new TypeError('A number is beyond the doubles.', { cause: error });
  }
}
