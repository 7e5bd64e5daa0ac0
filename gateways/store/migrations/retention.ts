/** What is kept for a while and then forgotten, so that it does not grow for ever. */

import type pg from 'pg';
import { ask } from '../sql/ask.js';

/** Days; 0 keeps it for ever. */
export interface Retention {
  /** Messages to workflows, from their delivery or refusal on: to see what a workflow was told when something went wrong with it. */
  readonly messages: number;
  /**
   * The carrier's callbacks. A replayed one is refused by its time after minutes; what the row is needed for is an order that was written
   * down later than what the carrier said about it.
   */
  readonly callbacks: number;
  /** Entries of the audit, from the latest of their times on. */
  readonly audit: number;
  /** Verifications, from their end on, where a later one of the migration has ended with a result. */
  readonly verifications: number;
}

export const DEFAULT_RETENTION: Retention = { messages: 7, callbacks: 30, audit: 730, verifications: 90 };

/** Whether somebody waits is asked for minutes only. */
const POLLS_FOR = "interval '1 hour'";

const CHUNK = 1_000;
const CHUNKS_AT_ONCE = 50;

/** `$1` is the number of days. */
const FORGET = {
  messages: `
    DELETE FROM carryover.workflow_messages WHERE id IN (
      SELECT id FROM carryover.workflow_messages WHERE coalesce(delivered_at, refused_at) < now() - make_interval(days => $1)
      ORDER BY id LIMIT ${CHUNK} FOR UPDATE SKIP LOCKED)`,
  callbacks: `
    DELETE FROM carryover.porting_callbacks WHERE webhook_id IN (
      SELECT webhook_id FROM carryover.porting_callbacks WHERE received_at < now() - make_interval(days => $1)
      LIMIT ${CHUNK} FOR UPDATE SKIP LOCKED)`,
  audit: `
    DELETE FROM carryover.audit_entries WHERE id IN (
      SELECT id FROM carryover.audit_entries WHERE coalesce(last_at, at) < now() - make_interval(days => $1)
      ORDER BY id LIMIT ${CHUNK} FOR UPDATE SKIP LOCKED)`,
  verifications: `
    DELETE FROM carryover.verifications WHERE id IN (
      SELECT id FROM carryover.verifications AS old
      WHERE state <> 'running' AND ended_at < now() - make_interval(days => $1) AND EXISTS (
        SELECT 1 FROM carryover.verifications AS later
        WHERE later.kind = old.kind AND later.subject = old.subject AND later.id > old.id AND later.state IN ('equal', 'unequal'))
      ORDER BY id LIMIT ${CHUNK} FOR UPDATE SKIP LOCKED)`,
} satisfies Record<keyof Retention, string>;

const FORGET_POLLS = `
  DELETE FROM carryover.app_polls WHERE (kind, subject) IN (
    SELECT kind, subject FROM carryover.app_polls WHERE polled_at < now() - ${POLLS_FOR} LIMIT ${CHUNK} FOR UPDATE SKIP LOCKED)
    AND $1::int > 0`;

type Pool = Pick<pg.Pool, 'query'>;

/**
 * Removes what has been kept for long enough, and what apps asked an hour ago: in statements of a thousand rows, a bounded number of them, so
 * that the next call goes on. Several at once share the work. What is still needed stays whatever its age: messages that wait, and of each
 * account the verification that runs and the latest with a result. Answers how many are gone. Throws StoreUnavailable.
 */
export async function forgetOld(
  pool: Pool,
  retention: Retention = DEFAULT_RETENTION,
): Promise<Readonly<Record<keyof Retention | 'polls', number>>> {
  return {
    messages: await forget(pool, FORGET.messages, retention.messages),
    callbacks: await forget(pool, FORGET.callbacks, retention.callbacks),
    audit: await forget(pool, FORGET.audit, retention.audit),
    verifications: await forget(pool, FORGET.verifications, retention.verifications),
    polls: await forget(pool, FORGET_POLLS, 1),
  };
}

async function forget(pool: Pool, statement: string, days: number): Promise<number> {
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
    if (count < CHUNK) break;
  }
  return gone;
}
