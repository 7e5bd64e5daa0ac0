/** How legacy columns are read: case and surrounding white space do not matter, and empty text counts as null. */

/** The characters with Unicode's property White_Space, which are not quite those that `trim` removes. */
export const WHITE_SPACE =
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';

const SURROUNDING = /^\p{White_Space}+|\p{White_Space}+$/gu;

/** A status or a step as it is compared; null if it is empty. */
export function wordOf(text: string | null): string | null {
  return text === null || isBlank(text) ? null : text.replace(SURROUNDING, '').toLowerCase();
}

export function isBlank(text: string): boolean {
  return text.replace(SURROUNDING, '') === '';
}
