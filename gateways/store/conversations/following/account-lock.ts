import pg from 'pg';
import type { Transaction } from '../../sql/transaction.js';

/** Separates these locks from other locks with two keys. */
const CLASS = 20_261_129;

/**
 * SQL that takes an account's lock until the transaction ends. A writer of records that were read earlier takes it shared. Following takes it
 * exclusively, so that no earlier read is written after it, and no write is in progress while it reads. The lock covers the account, since copies of
 * messages and moved threads connect its brands.
 *
 * @param account the store's id
 */
export function accountLock(kind: 'shared' | 'alone', account: string): string {
  const lock = kind === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  // Accounts beyond the range of integers would only share their locks.
  return `SELECT ${lock}(${CLASS}, (${account} % 2147483647)::integer)`;
}

/** The same by Conversations' id. */
export function accountLockBySourceId(kind: 'shared' | 'alone', accountId: string): string {
  return `${accountLock(kind, 'id')} FROM accounts WHERE source_id = ${pg.escapeLiteral(accountId)}`;
}

/** The account's lock was held by others for too long. */
export class LockTaken extends Error {
  override readonly name = 'LockTaken';
}

const LOCK_TIMEOUT = '55P03';

/** Takes the account's lock (Conversations' id) exclusively. Throws LockTaken after so many milliseconds. */
export async function lockAlone(tx: Transaction, accountId: string, limitMs: number): Promise<void> {
  try {
    await tx.query(
      `SET LOCAL lock_timeout = ${limitMs}; ${accountLockBySourceId('alone', accountId)}; SET LOCAL lock_timeout TO DEFAULT`,
    );
  } catch (error) {
    throw (error as { code?: unknown }).code === LOCK_TIMEOUT ? new LockTaken() : error;
  }
}
