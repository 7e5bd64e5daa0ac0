export const ROLES = ['app', 'service', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** The three calls of the mobile app; an `app` token reaches its own account only. */
export const EVERY_ROLE: readonly Role[] = ROLES;
/** The Conversations service itself, and administrators. */
export const RESETTERS: readonly Role[] = ['service', 'admin'];
export const OPERATORS: readonly Role[] = ['operator', 'admin'];

/** Who calls, as the token says. */
export interface Caller {
  readonly subject: string;
  readonly role: Role;
  /** Present for `app` tokens. */
  readonly accountId?: string;
  /** Until when the token holds, milliseconds since 1970. */
  readonly expiresAt: number;
  /** Tells this caller from every other one, whichever token is used. */
  readonly key: string;
}

/** Whether the caller may know of this account at all. */
export function mayUseAccount(caller: Caller, accountId: string): boolean {
  return caller.role !== 'app' || caller.accountId === accountId;
}
