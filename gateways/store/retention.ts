/** What is kept for a while and then forgotten, so that it does not grow for ever. */

import type pg from 'pg';
import { storeError } from './errors.js';

/** Long enough to look at what was said to a workflow when something went wrong with it. */
const MESSAGES_FOR = '7 days';
/**
 * A replayed callback is refused by its time after minutes. What its row is needed for is an order that was written down later than
 * what the carrier said about it.
 */
const CALLBACKS_FOR = '30 days';

/** Whether somebody waits is asked for minutes only. */
const POLLS_FOR = '1 hour';

const CHUNK = 1_000;
const CHUNKS_AT_ONCE = 50;

const FORGET = {
  messages: `
    DELETE FROM workflow_messages WHERE id IN (
      SELECT id FROM workflow_messages WHERE delivered_at < now() - interval '${MESSAGES_FOR}'
      ORDER BY id LIMIT ${CHUNK} FOR UPDATE SKIP LOCKED)`,
  callbacks: `
    DELETE FROM porting_callbacks WHERE webhook_id IN (
      SELECT webhook_id FROM porting_callbacks WHERE received_at < now() - interval '${CALLBACKS_FOR}'
      LIMIT ${CHUNK} FOR UPDATE SKIP LOCKED)`,
  polls: `
    DELETE FROM app_polls WHERE account_source_id IN (
      SELECT account_source_id FROM app_polls WHERE polled_at < now() - interval '${POLLS_FOR}'
      LIMIT ${CHUNK} FOR UPDATE SKIP LOCKED)`,
};

/**
 * Removes messages to workflows that were delivered a week ago, the carrier's callbacks of a month ago, and what apps asked an hour ago:
 * in statements of a thousand rows, a bounded number of them, so that the next call goes on. Several at once share the work. Answers
 * how many are gone. Throws StoreUnavailable.
 */
export async function forgetOld(
  pool: Pick<pg.Pool, 'query'>,
): Promise<{ readonly [kind in keyof typeof FORGET]: number }> {
  return {
    messages: await forget(pool, FORGET.messages),
    callbacks: await forget(pool, FORGET.callbacks),
    polls: await forget(pool, FORGET.polls),
  };
}

async function forget(pool: Pick<pg.Pool, 'query'>, statement: string): Promise<number> {
  let gone = 0;
  for (let chunk = 0; chunk < CHUNKS_AT_ONCE; chunk += 1) {
    const { rowCount } = await pool.query(statement).catch((error: unknown) => {
      throw storeError(error);
    });
    gone += rowCount ?? 0;
    if ((rowCount ?? 0) < CHUNK) break;
  }
  return gone;
}
