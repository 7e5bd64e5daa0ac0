import type { Transaction } from '../store/sql/transaction.js';

export interface LockedUsers {
  /** The users whose rows are as they were read, locked until the transaction ends. */
  readonly ids: ReadonlySet<string>;
  /** The transaction's time, ISO 8601. */
  readonly now: string;
}

/**
 * Locks the rows that are still as they were read. Skips rows that have changed or that another transaction is changing, instead of waiting; they are
 * read again.
 */
export async function lockUnchanged(
  tx: Transaction,
  users: readonly { readonly id: string; readonly version: string }[],
): Promise<LockedUsers> {
  const { rows } = await tx.query<{ id: string; now: string }>(
    `SELECT u.id::text, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS now
     FROM users u JOIN unnest($1::uuid[], $2::text[]) AS asked (id, version) ON u.id = asked.id
     WHERE u.xmin::text = asked.version ORDER BY u.id FOR NO KEY UPDATE OF u SKIP LOCKED`,
    [users.map(({ id }) => id), users.map(({ version }) => version)],
  );
  return { ids: new Set(rows.map(({ id }) => id)), now: rows[0]?.now ?? '' };
}

/** From here on the product sees the sessions. Throws if a row is not as it was read, which its lock rules out. */
export async function flipUsers(tx: Transaction, ids: readonly string[]): Promise<void> {
  const { rowCount } = await tx.query(
    `UPDATE users SET onboarding_status = 'migrated' WHERE id = ANY($1::uuid[])`,
    [ids],
  );
  if (rowCount !== ids.length)
    throw new Error(`Of ${ids.length} locked users ${rowCount ?? 0} could be changed.`);
}
