export const ROLES = ['app', 'service', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export function isRole(word: unknown): word is Role {
  return ROLES.includes(word as Role);
}

/** For the three calls of the mobile app; an `app` token reaches only its own account. */
export const EVERY_ROLE: readonly Role[] = ROLES;
/** The Conversations service itself, and administrators. */
export const RESETTERS: readonly Role[] = ['service', 'admin'];
export const OPERATORS: readonly Role[] = ['operator', 'admin'];

/** The caller, from the token's claims or from a session. */
export interface Caller {
  readonly subject: string;
  readonly role: Role;
  /** Present for `app` tokens. */
  readonly accountId?: string;
  /** When the token or the session expires, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** Identifies the caller, whichever token is used. */
  readonly key: string;
  /** Identifies the session, if the caller has signed in. */
  readonly sessionHash?: string;
}

/** Whether the caller may know of this account at all. */
export function mayUseAccount(caller: Caller, accountId: string): boolean {
  return caller.role !== 'app' || caller.accountId === accountId;
}
