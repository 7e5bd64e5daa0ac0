/**
 * Whether `If-None-Match` names this entity tag. Compared weakly, as RFC 9110 says for this header: `W/"a"` names `"a"`;
 * `*` names everything.
 */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch === etag) return true;
  if (ifNoneMatch.trim() === '*') return true;
  const opaque = etag.replace(/^W\//, '');
  // Tags may hold commas, so the list is read by its quotes.
  for (const [, tag] of ifNoneMatch.matchAll(/(?:W\/)?("[^"]*")/g)) {
    if (tag === opaque) return true;
  }
  return false;
}
