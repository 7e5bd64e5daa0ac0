export const ROLES = ['app', 'service', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** For the three calls of the mobile app; an `app` token reaches only its own account. */
export const EVERY_ROLE: readonly Role[] = ROLES;
/** The Conversations service itself, and administrators. */
export const RESETTERS: readonly Role[] = ['service', 'admin'];
export const OPERATORS: readonly Role[] = ['operator', 'admin'];

/** The caller, from the token's claims. */
export interface Caller {
  readonly subject: string;
  readonly role: Role;
  /** Present for `app` tokens. */
  readonly accountId?: string;
  /** When the token expires, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** Identifies the caller, whichever token is used. */
  readonly key: string;
}

/** Whether the caller may know of this account at all. */
export function mayUseAccount(caller: Caller, accountId: string): boolean {
  return caller.role !== 'app' || caller.accountId === accountId;
}
