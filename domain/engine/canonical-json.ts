export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * JSON in the one form of RFC 8785: no space, members in the order of their names' UTF-16 units, numbers and strings as ECMAScript prints
 * them. Numbers must be finite, text well-formed: throws TypeError for others, since RFC 8785 has no form for them.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError(`${value} is no number in JSON.`);
  if (typeof value === 'string' && !value.isWellFormed())
    throw new TypeError('Text with half a surrogate pair has no canonical form.');
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value)
    // JavaScript's own order of text is that of UTF-16 units.
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${canonicalJson(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
