/** Sessions of people who are signed in. The store holds hashes of their ids, and compares times with the caller's clock. */

import type pg from 'pg';
import { ask } from '../sql/ask.js';
import type { Transaction } from '../sql/transaction.js';

/** The channel on which PostgreSQL announces sessions that have ended, each by the hash of its id. */
export const SESSION_CHANNEL = 'carryover_sessions';

export interface SignedIn {
  readonly subject: string;
  readonly role: string;
  readonly expiresAt: Date;
}

export interface NewSession extends SignedIn {
  readonly idHash: string;
  /** token, code, oidc */
  readonly way: string;
}

export async function addSession(
  tx: Transaction,
  { idHash, subject, role, way, expiresAt }: NewSession,
): Promise<void> {
  await tx.run`
    INSERT INTO carryover.sessions (id_hash, subject, role, way, expires_at)
    VALUES (${idHash}, ${subject}, ${role}, ${way}, ${expiresAt})`;
}

/** Undefined for a session that has ended or expired. Throws StoreUnavailable. */
export async function readSession(
  pool: Pick<pg.Pool, 'query'>,
  idHash: string,
  now: Date,
): Promise<SignedIn | undefined> {
  const query = {
    name: 'session',
    text: `SELECT subject, role, expires_at AS "expiresAt" FROM carryover.sessions WHERE id_hash = $1 AND expires_at > $2`,
    values: [idHash, now],
  };
  const [session] = await ask<SignedIn>(pool, query);
  return session;
}

/** Ends a session, and announces it to every API process once that is committed. Undefined if there is none. Idempotent. */
export async function endSession(tx: Transaction, idHash: string): Promise<SignedIn | undefined> {
  const [ended] = await tx.rows<SignedIn>`
    DELETE FROM carryover.sessions WHERE id_hash = ${idHash}
    RETURNING subject, role, expires_at AS "expiresAt", pg_notify(${SESSION_CHANNEL}, id_hash)::text AS notified`;
  return ended;
}

/** Those of the sessions that have not ended. Throws StoreUnavailable. */
export async function openSessions(
  pool: Pick<pg.Pool, 'query'>,
  idHashes: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await ask<{ hash: string }>(
    pool,
    'SELECT id_hash AS hash FROM carryover.sessions WHERE id_hash = ANY ($1)',
    [idHashes],
  );
  return new Set(rows.map(({ hash }) => hash));
}

export interface NewSignInCode {
  readonly codeHash: string;
  readonly subject: string;
  readonly role: string;
  readonly expiresAt: Date;
  /** When a session that it begins ends at the latest. */
  readonly sessionEndsAt: Date;
}

export async function addSignInCode(
  tx: Transaction,
  { codeHash, subject, role, expiresAt, sessionEndsAt }: NewSignInCode,
): Promise<void> {
  await tx.run`
    INSERT INTO carryover.sign_in_codes (code_hash, subject, role, expires_at, session_ends_at)
    VALUES (${codeHash}, ${subject}, ${role}, ${expiresAt}, ${sessionEndsAt})`;
}

/** Consumes a code. Undefined if it was used, has expired or never existed. */
export async function takeSignInCode(
  tx: Transaction,
  codeHash: string,
  now: Date,
): Promise<SignedIn | undefined> {
  const [taken] = await tx.rows<SignedIn & { readonly isValid: boolean }>`
    DELETE FROM carryover.sign_in_codes WHERE code_hash = ${codeHash}
    RETURNING subject, role, session_ends_at AS "expiresAt", expires_at > ${now} AS "isValid"`;
  return taken?.isValid === true ? taken : undefined;
}
