import type { Role } from '../roles.js';

/** The roles that a claim can give; if it gives several, the first wins. */
const GIVEN: readonly Role[] = ['admin', 'operator', 'service'];

/**
 * The role in the claims of an ID token: the claim is a word or a list of words, and a word gives the role that it names, with or without `carryover-` before
 * it. The claim's name may also be a path: `realm_access.roles`. Undefined if it gives none.
 */
export function roleIn(claims: Readonly<Record<string, unknown>>, claim: string): Role | undefined {
  const found = Object.hasOwn(claims, claim) ? claims[claim] : valueAt(claims, claim.split('.'));
  const words = new Set([found].flat());
  return GIVEN.find((role) => words.has(role) || words.has(`carryover-${role}`));
}

function valueAt(claims: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined,
    claims,
  );
}
