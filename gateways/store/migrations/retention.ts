/** Removes data that is kept only for a limited time. */

import type pg from 'pg';
import { ask } from '../sql/ask.js';

/** Days; 0 keeps it for ever. */
export interface Retention {
  /** Messages to workflows, counted from delivery or refusal. Kept to see what a workflow received when something went wrong. */
  readonly messages: number;
  /** Audit entries, counted from their latest repetition. */
  readonly audit: number;
  /** Verifications, counted from their end, if a later one of the migration ended with a result. */
  readonly verifications: number;
}

export const DEFAULT_RETENTION: Retention = { messages: 7, audit: 730, verifications: 90 };

/** Only polls of the last minutes matter. */
const POLLS_FOR = "interval '1 hour'";

/** Rows that one statement removes. */
export const FORGET_CHUNK = 1_000;
const CHUNKS_AT_ONCE = 50;

/** `$1` is the number of days. */
const FORGET = {
  messages: `
    DELETE FROM carryover.workflow_messages WHERE id IN (
      SELECT id FROM carryover.workflow_messages WHERE coalesce(delivered_at, refused_at) < now() - make_interval(days => $1)
      ORDER BY id LIMIT ${FORGET_CHUNK} FOR UPDATE SKIP LOCKED)`,
  audit: `
    DELETE FROM carryover.audit_entries WHERE id IN (
      SELECT id FROM carryover.audit_entries WHERE coalesce(last_at, at) < now() - make_interval(days => $1)
      ORDER BY id LIMIT ${FORGET_CHUNK} FOR UPDATE SKIP LOCKED)`,
  verifications: `
    DELETE FROM carryover.verifications WHERE id IN (
      SELECT id FROM carryover.verifications AS old
      WHERE state <> 'running' AND ended_at < now() - make_interval(days => $1) AND EXISTS (
        SELECT 1 FROM carryover.verifications AS later
        WHERE later.kind = old.kind AND later.subject = old.subject AND later.id > old.id AND later.state IN ('equal', 'unequal'))
      ORDER BY id LIMIT ${FORGET_CHUNK} FOR UPDATE SKIP LOCKED)`,
} satisfies Record<keyof Retention, string>;

const FORGET_POLLS = `
  DELETE FROM carryover.app_polls WHERE (kind, subject) IN (
    SELECT kind, subject FROM carryover.app_polls WHERE polled_at < now() - ${POLLS_FOR} LIMIT ${FORGET_CHUNK} FOR UPDATE SKIP LOCKED)
    AND $1::int > 0`;

const FORGET_SESSIONS = `
  DELETE FROM carryover.sessions WHERE id_hash IN (
    SELECT id_hash FROM carryover.sessions WHERE expires_at < now() - make_interval(days => $1) LIMIT ${FORGET_CHUNK} FOR UPDATE SKIP LOCKED)`;
const FORGET_CODES = `
  DELETE FROM carryover.sign_in_codes WHERE code_hash IN (
    SELECT code_hash FROM carryover.sign_in_codes WHERE expires_at < now() - make_interval(days => $1)
    LIMIT ${FORGET_CHUNK} FOR UPDATE SKIP LOCKED)`;

type Pool = Pick<pg.Pool, 'query'>;

/**
 * Removes data older than its retention, polls older than an hour, and sessions and codes that expired a day ago, in statements of a thousand rows. Removes a bounded number of rows; the next
 * call continues. Concurrent calls share the work. Keeps what is still needed: waiting messages, and each migration's running verification and latest
 * one with a result. Returns the numbers of removed rows. Throws StoreUnavailable.
 */
export async function forgetOld(
  pool: Pool,
  retention: Retention,
): Promise<Readonly<Record<keyof Retention | 'polls' | 'sessions' | 'codes', number>>> {
  return {
    messages: await forgetInChunks(pool, FORGET.messages, retention.messages),
    audit: await forgetInChunks(pool, FORGET.audit, retention.audit),
    verifications: await forgetInChunks(pool, FORGET.verifications, retention.verifications),
    polls: await forgetInChunks(pool, FORGET_POLLS, 1),
    sessions: await forgetInChunks(pool, FORGET_SESSIONS, 1),
    codes: await forgetInChunks(pool, FORGET_CODES, 1),
  };
}

/**
 * Runs a statement that removes up to FORGET_CHUNK rows older than `$1` days, until nothing is left or for a bounded number of times; 0 days
 * removes nothing. Returns the number of removed rows. Throws StoreUnavailable.
 */
export async function forgetInChunks(pool: Pool, statement: string, days: number): Promise<number> {
  if (days === 0) return 0;
  let gone = 0;
  for (let chunk = 0; chunk < CHUNKS_AT_ONCE; chunk += 1) {
    const [counted] = await ask<{ count: number }>(
      pool,
      `WITH gone AS (${statement} RETURNING 1) SELECT count(*)::int AS count FROM gone`,
      [days],
    );
    const count = counted?.count ?? 0;
    gone += count;
    if (count < FORGET_CHUNK) break;
  }
  return gone;
}
