import { isBlank } from './words.js';

/** The column's limit, in code points. */
const LIMIT = 255;

/** A session's name for its client: the full name, otherwise the part of the address before `@`; null if there is neither. */
export function clientNameOf(fullName: string | null, email: string | null): string | null {
  const name = [fullName, email?.split('@')[0]].find((each) => typeof each === 'string' && !isBlank(each));
  return typeof name === 'string'
    ? Array.from(name.slice(0, 2 * LIMIT))
        .slice(0, LIMIT)
        .join('')
    : null;
}
