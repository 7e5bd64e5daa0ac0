/** The result for each user. */

import type pg from 'pg';
import { type Outcome, type UserResult, outcomeOf } from '../../../domain/onboarding/results.js';
import { ask } from '../sql/ask.js';
import { jsonText } from '../sql/json-text.js';
import type { Transaction } from '../sql/transaction.js';

/** Records results, each user's first one, and counts them. */
export async function addResults(
  tx: Transaction,
  migrationId: string,
  results: readonly UserResult[],
): Promise<void> {
  if (results.length === 0) return;
  const rows = results.map((result) => ({ user_id: result.user_id, outcome: outcomeOf(result), result }));
  await tx.query(
    `WITH added AS (
       INSERT INTO carryover.onboarding_results (migration_id, user_id, outcome, result)
       SELECT $1, r.user_id, r.outcome, r.result
       FROM jsonb_to_recordset($2::jsonb) AS r (user_id uuid, outcome text, result jsonb) ORDER BY r.user_id
       ON CONFLICT (migration_id, user_id) DO NOTHING RETURNING outcome)
     UPDATE carryover.onboarding_requests SET
       migrated_users = migrated_users + (SELECT count(*) FROM added WHERE outcome = 'migrated'),
       failed_users = failed_users + (SELECT count(*) FROM added WHERE outcome = 'failed'),
       skipped_users = skipped_users + (SELECT count(*) FROM added WHERE outcome = 'skipped'),
       total_users = CASE WHEN user_ids IS NULL
         THEN greatest(total_users, migrated_users + failed_users + skipped_users + (SELECT count(*) FROM added)) ELSE total_users END
     WHERE migration_id = $1`,
    [migrationId, jsonText(rows)],
  );
}

/** Those of these users that have a result. */
export async function usersWithResult(
  pool: pg.Pool,
  migrationId: string,
  userIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await ask<{ id: string }>(
    pool,
    `SELECT user_id::text AS id FROM carryover.onboarding_results WHERE migration_id = $1 AND user_id = ANY($2::uuid[])`,
    [migrationId, userIds],
  );
  return new Set(rows.map(({ id }) => id));
}

export interface ResultFilter {
  readonly only?: Outcome | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** By user. */
export async function listResults(
  pool: pg.Pool,
  migrationId: string,
  { only, after, limit }: ResultFilter,
): Promise<UserResult[]> {
  const rows = await ask<{ result: UserResult }>(
    pool,
    `SELECT result FROM carryover.onboarding_results
     WHERE migration_id = $1 AND ($2::text IS NULL OR outcome = $2) AND ($3::uuid IS NULL OR user_id > $3) ORDER BY user_id LIMIT $4`,
    [migrationId, only ?? null, after ?? null, limit],
  );
  return rows.map(({ result }) => result);
}

export interface LatestResult {
  readonly userId: string;
  readonly outcome: Outcome;
  readonly error: UserResult['error'];
  readonly since: Date;
}

/** Those who failed, then others, each by user; no more than so many. */
export function latestResults(pool: pg.Pool, migrationId: string, limit: number): Promise<LatestResult[]> {
  const some = (which: string) =>
    `(SELECT user_id::text AS "userId", outcome, nullif(result -> 'error', 'null') AS error, recorded_at AS since
      FROM carryover.onboarding_results WHERE migration_id = $1 AND outcome ${which} ORDER BY user_id LIMIT $2)`;
  return ask(
    pool,
    `SELECT * FROM (${some("= 'failed'")} UNION ALL ${some("<> 'failed'")}) AS found ORDER BY outcome = 'failed' DESC, "userId" LIMIT $2`,
    [migrationId, limit],
  );
}

/** For a retry: those who failed are to be migrated again. */
export async function forgetFailures(tx: Transaction, migrationId: string): Promise<void> {
  await tx.query(
    `WITH gone AS (DELETE FROM carryover.onboarding_results WHERE migration_id = $1 AND outcome = 'failed' RETURNING 1)
     UPDATE carryover.onboarding_requests SET failed_users = failed_users - (SELECT count(*) FROM gone), ended_at = NULL
     WHERE migration_id = $1`,
    [migrationId],
  );
}
