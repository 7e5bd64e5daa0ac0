/** The keeper's operations on waves in the store. */

import type { Failure } from '../../../domain/engine/failures/failures.js';
import { jsonText } from '../sql/json-text.js';
import { ask } from '../sql/ask.js';
import type { Pool, Transaction } from '../sql/transaction.js';
import type { Wave } from './waves.js';

/** Ids of waves with members that must be started or are running. */
export async function openWaves(pool: Pool): Promise<string[]> {
  const rows = await ask<{ id: string }>(
    pool,
    `SELECT w.id FROM carryover.waves w WHERE w.state IN ('running', 'paused', 'stopped')
       OR (w.state = 'cancelled' AND EXISTS (
         SELECT FROM carryover.wave_members m WHERE m.wave_id = w.id AND m.state = 'running'))
     ORDER BY w.id`,
  );
  return rows.map(({ id }) => id);
}

/** The kind's statuses that say how a migration has ended. */
export interface EndStatuses {
  readonly done: readonly string[];
  readonly failed: readonly string[];
}

/** Records how the migrations of a locked wave's members have ended. A member that failed and was retried is running again. Idempotent. */
export async function settleMembers(
  tx: Transaction,
  { id }: Wave,
  { done, failed }: EndStatuses,
): Promise<void> {
  await tx.query(
    `UPDATE carryover.wave_members m
     SET state = found.state, ended_at = CASE WHEN found.state = 'running' THEN NULL ELSE clock_timestamp() END
     FROM (
       SELECT m.position, CASE WHEN g.status = ANY($2) THEN 'done' WHEN g.cancelled IS NOT NULL THEN 'cancelled'
           WHEN g.status = ANY($3) THEN 'failed' ELSE 'running' END AS state
       FROM carryover.wave_members m JOIN carryover.migrations g ON (g.kind, g.subject) = (m.kind, m.subject)
       WHERE m.wave_id = $1 AND m.state IN ('running', 'failed')
     ) found
     WHERE m.wave_id = $1 AND m.position = found.position AND m.state <> found.state
       -- Another wave may have it by now.
       AND (found.state <> 'running' OR NOT EXISTS (
         SELECT FROM carryover.wave_members o
         WHERE o.kind = m.kind AND o.subject = m.subject AND o.wave_id <> m.wave_id AND o.state IN ('waiting', 'running')))`,
    [id, done, failed],
  );
}

/** The next members to start, in their order. One whose start could not be prepared is left out for a minute, so that it does not hold up the others. */
export async function nextMembers(tx: Transaction, { id }: Wave, limit: number): Promise<string[]> {
  const rows = await tx.rows<{ subject: string }>`
    SELECT subject FROM carryover.wave_members WHERE wave_id = ${id}::bigint AND state = 'waiting'
      AND (tried_at IS NULL OR tried_at < clock_timestamp() - interval '1 minute')
    ORDER BY position LIMIT ${limit}`;
  return rows.map(({ subject }) => subject);
}

/** Records why starts of members that still wait could not be prepared. */
export async function holdMembers(
  tx: Transaction,
  { id }: Pick<Wave, 'id'>,
  held: readonly { readonly key: string; readonly failure: Failure }[],
): Promise<void> {
  await tx.run`
    UPDATE carryover.wave_members m SET failure = given.failure, tried_at = clock_timestamp()
    FROM jsonb_to_recordset(${jsonText(held)}::jsonb) AS given (key text, failure jsonb)
    WHERE m.wave_id = ${id}::bigint AND m.subject = given.key AND m.state = 'waiting'`;
}

/** Which of these members of a locked wave still wait for their start, in their order. */
export async function stillWaiting(
  tx: Transaction,
  { id }: Wave,
  keys: readonly string[],
): Promise<string[]> {
  const rows = await tx.rows<{ subject: string }>`
    SELECT subject FROM carryover.wave_members
    WHERE wave_id = ${id}::bigint AND state = 'waiting' AND subject = ANY(${[...keys]}::text[]) ORDER BY position`;
  return rows.map(({ subject }) => subject);
}

/** The result of a start. */
export type StartedMember =
  | { readonly key: string; readonly state: 'running' | 'done' }
  | { readonly key: string; readonly state: 'refused'; readonly failure: Failure };

/** Records starts of members, in the transaction of the starts: each member is started once, wherever a process dies. */
export async function recordStarts(
  tx: Transaction,
  { id }: Wave,
  started: readonly StartedMember[],
): Promise<void> {
  if (started.length === 0) return;
  await tx.run`
    UPDATE carryover.wave_members m
    SET state = given.state, failure = given.failure, tried_at = NULL, started_at = clock_timestamp(),
      ended_at = CASE WHEN given.state = 'running' THEN NULL ELSE clock_timestamp() END
    FROM jsonb_to_recordset(${jsonText(started)}::jsonb) AS given (key text, state text, failure jsonb)
    WHERE m.wave_id = ${id}::bigint AND m.subject = given.key AND m.state = 'waiting'`;
}
