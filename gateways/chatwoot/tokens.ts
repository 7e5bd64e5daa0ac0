import type { Reads } from './connect.js';

/** The user of a request, in an account. */
export interface Caller {
  readonly userId: string;
  readonly name: string;
  /** Null if the user does not belong to this account. */
  readonly isAdministrator: boolean | null;
  /** Null if there is no such account. */
  readonly accountIsActive: boolean | null;
}

const ACTIVE = 0;
const ADMINISTRATOR = 1;

/**
 * The token's user, and their role in the account; undefined for an unknown token and for one of a bot or a platform. Neither a custom role nor
 * SuperAdmin makes a user an administrator.
 */
export async function findCaller(read: Reads, token: string, accountId: string): Promise<Caller | undefined> {
  const [caller] = await read<Caller & object>(
    `SELECT u.id::text AS "userId", u.name, m.role = ${ADMINISTRATOR} AS "isAdministrator", a.status = ${ACTIVE} AS "accountIsActive"
     FROM public.access_tokens t JOIN public.users u ON u.id = t.owner_id
     LEFT JOIN public.accounts a ON a.id = $2
     LEFT JOIN public.account_users m ON m.account_id = a.id AND m.user_id = u.id
     WHERE t.token = $1 AND t.owner_type = 'User'`,
    [token, accountId],
  );
  return caller;
}
