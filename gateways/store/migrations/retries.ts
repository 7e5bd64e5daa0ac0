/** What is being tried again, as operators are shown it. Rows say why; Temporal alone decides when. */

import type pg from 'pg';
import { storable } from '../../../domain/engine/text.js';
import type { RetriedWork } from '../../../domain/engine/retries.js';
import { ask } from '../sql/ask.js';
import type { Transaction } from '../sql/transaction.js';

type Pool = Pick<pg.Pool, 'query'>;

/** An activity of a workflow's run: the same through all attempts. */
export interface RetriedActivity {
  readonly accountId: string;
  readonly runId: string;
  readonly activityId: string;
}

export interface FailedAttempt extends RetriedActivity {
  readonly activity: string;
  readonly brandId?: string | undefined;
  readonly channelId?: string | undefined;
  readonly phase?: string | undefined;
  readonly type: string;
  readonly message: string;
  /** The one that failed; the first is 1. */
  readonly attempt: number;
  readonly nextTryInMs: number;
  /** How long the next attempt may take. */
  readonly attemptLimitMs: number;
}

/** A row that nobody has cleared says nothing this long after the next attempt should have ended. */
const EXPIRES_AFTER = '1 hour';

const NOTE = `
  WITH expired AS (DELETE FROM retries WHERE expires_at < clock_timestamp())
  INSERT INTO retries AS held (account_source_id, run_id, activity_id, activity, brand_source_id, channel_source_id, phase,
    type, message, attempt, next_try_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, clock_timestamp() + make_interval(secs => $11),
    clock_timestamp() + make_interval(secs => $11 + $12) + interval '${EXPIRES_AFTER}')
  ON CONFLICT (account_source_id, run_id, activity_id) DO UPDATE
    SET type = excluded.type, message = excluded.message, attempt = excluded.attempt, next_try_at = excluded.next_try_at,
      expires_at = excluded.expires_at
    WHERE held.attempt < excluded.attempt`;

/** An attempt that was overtaken by a later one changes nothing. Throws StoreUnavailable. */
export async function noteRetry(pool: Pool, failed: FailedAttempt): Promise<void> {
  await ask(pool, NOTE, [
    failed.accountId,
    failed.runId,
    failed.activityId,
    failed.activity,
    failed.brandId ?? null,
    failed.channelId ?? null,
    failed.phase ?? null,
    failed.type,
    storable(failed.message),
    failed.attempt,
    failed.nextTryInMs / 1_000,
    failed.attemptLimitMs / 1_000,
  ]);
}

/** The activity has ended, well or for good. Throws StoreUnavailable. */
export async function clearRetry(
  pool: Pool,
  { accountId, runId, activityId }: RetriedActivity,
): Promise<void> {
  await ask(pool, 'DELETE FROM retries WHERE account_source_id = $1 AND run_id = $2 AND activity_id = $3', [
    accountId,
    runId,
    activityId,
  ]);
}

/** The account's import, or that of one brand, is tried no more. Its ports go on. */
export async function forgetRetries(
  tx: Transaction,
  { accountId, brandId }: { readonly accountId: string; readonly brandId?: string },
): Promise<void> {
  await tx.run`
    DELETE FROM retries WHERE account_source_id = ${accountId} AND channel_source_id IS NULL
      AND (${brandId ?? null}::text IS NULL OR brand_source_id = ${brandId ?? null})`;
}

/** Everything, as a reset does. */
export async function forgetAllRetries(tx: Transaction, accountId: string): Promise<void> {
  await tx.run`DELETE FROM retries WHERE account_source_id = ${accountId}`;
}

/** So many are shown. */
const SHOWN = 20;

/** Lanes, or ports, that fail alike are one; the longest first. Throws StoreUnavailable. */
export async function readRetries(pool: Pool, accountId: string): Promise<RetriedWork[]> {
  const rows = await ask<Record<string, unknown>>(
    pool,
    `SELECT activity, brand_source_id, phase, type, count(*)::integer AS tasks, min(channel_source_id) AS channel_source_id,
       (array_agg(message ORDER BY next_try_at DESC))[1] AS message, max(attempt) AS attempt, min(since) AS since,
       min(next_try_at) FILTER (WHERE next_try_at > clock_timestamp()) AS next_try_at
     FROM retries WHERE account_source_id = $1 AND expires_at > clock_timestamp()
     GROUP BY activity, brand_source_id, phase, type ORDER BY min(since), activity, brand_source_id LIMIT ${SHOWN}`,
    [accountId],
  );
  return rows.map((row) => ({
    activity: String(row['activity']),
    brandId: row['brand_source_id'] as string | null,
    channelId: row['tasks'] === 1 ? (row['channel_source_id'] as string | null) : null,
    phase: row['phase'] as string | null,
    tasks: Number(row['tasks']),
    type: String(row['type']),
    message: String(row['message']),
    attempt: Number(row['attempt']),
    since: row['since'] as Date,
    nextTryAt: row['next_try_at'] as Date | null,
  }));
}
