import type { Reads } from './connect.js';

/** Who asks, in an account. */
export interface Caller {
  readonly userId: string;
  readonly name: string;
  /** Null if the user is not of this account. */
  readonly isAdministrator: boolean | null;
  /** Null if there is no such account. */
  readonly accountIsActive: boolean | null;
}

const ACTIVE = 0;
const ADMINISTRATOR = 1;

/**
 * The user whose token this is, and what they are in the account; undefined for an unknown token and for one of a bot or a platform. A custom role or being
 * SuperAdmin makes no administrator.
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
