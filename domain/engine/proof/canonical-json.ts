export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * The canonical JSON of RFC 8785: no white space, members ordered by the UTF-16 units of their names, numbers and strings as ECMAScript prints them.
 * Throws TypeError for numbers that are not finite and for lone surrogates, which RFC 8785 does not allow.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError(`${value} is not a number in JSON.`);
  if (typeof value === 'string' && !value.isWellFormed())
    throw new TypeError('Text with half a surrogate pair has no canonical form.');
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value)
    // JavaScript compares strings by UTF-16 units.
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${canonicalJson(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
