/** The headers of a poll that matter. */
export interface PollHeaders {
  authorization?: string | undefined;
  ifNoneMatch?: string | undefined;
  origin?: string | undefined;
}

const MEMBERS: Readonly<Record<string, keyof PollHeaders>> = {
  authorization: 'authorization',
  'if-none-match': 'ifNoneMatch',
  origin: 'origin',
};
/** Of the first two, and of the last. */
const LENGTHS = [13, 6] as const;

/**
 * Finds them in `rawHeaders`, because the first use of `headers` makes an object of all that were sent. Undefined if one was sent twice, for which Node has
 * rules of its own.
 */
export function pollHeaders(rawHeaders: readonly string[]): PollHeaders | undefined {
  const found: PollHeaders = {};
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length !== LENGTHS[0] && name?.length !== LENGTHS[1]) continue;
    const member = MEMBERS[name.toLowerCase()];
    if (member === undefined) continue;
    if (found[member] !== undefined) return undefined;
    found[member] = rawHeaders[at + 1];
  }
  return found;
}
