/** Activities that are being retried, as operators see them. Rows explain why; only Temporal decides when. */

import type pg from 'pg';
import type { MigrationRef } from '../../../domain/engine/migration-ref.js';
import { storable } from '../../../domain/engine/text.js';
import type { RetriedWork } from '../../../domain/engine/failures/retries.js';
import { ask } from '../sql/ask.js';
import type { Transaction } from '../sql/transaction.js';

type Pool = Pick<pg.Pool, 'query'>;

/** An activity of a workflow run, the same for all attempts. */
export interface RetriedActivity {
  readonly migration: MigrationRef;
  readonly runId: string;
  readonly activityId: string;
}

export interface FailedAttempt extends RetriedActivity {
  readonly activity: string;
  readonly unit?: string | undefined;
  /** What it concerns within the unit. */
  readonly item?: string | undefined;
  readonly phase?: string | undefined;
  readonly type: string;
  readonly message: string;
  /** The failed attempt; the first is 1. */
  readonly attempt: number;
  readonly nextTryInMs: number;
  /** Timeout of the next attempt. */
  readonly attemptLimitMs: number;
}

/** A row that was never cleared expires this long after the next attempt should have ended. */
const EXPIRES_AFTER = '1 hour';

const NOTE = `
  WITH expired AS (DELETE FROM carryover.retries WHERE expires_at < clock_timestamp())
  INSERT INTO carryover.retries AS held (kind, subject, run_id, activity_id, activity, unit, item, phase,
    type, message, attempt, next_try_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp() + make_interval(secs => $12),
    clock_timestamp() + make_interval(secs => $12 + $13) + interval '${EXPIRES_AFTER}')
  ON CONFLICT (kind, subject, run_id, activity_id) DO UPDATE
    SET type = excluded.type, message = excluded.message, attempt = excluded.attempt, next_try_at = excluded.next_try_at,
      expires_at = excluded.expires_at
    WHERE held.attempt < excluded.attempt`;

/** Records a failed attempt, unless a later one is already recorded. Throws StoreUnavailable. */
export async function noteRetry(pool: Pool, failed: FailedAttempt): Promise<void> {
  await ask(pool, NOTE, [
    failed.migration.kind,
    failed.migration.subject,
    failed.runId,
    failed.activityId,
    failed.activity,
    failed.unit ?? null,
    failed.item ?? null,
    failed.phase ?? null,
    failed.type,
    storable(failed.message),
    failed.attempt,
    failed.nextTryInMs / 1_000,
    failed.attemptLimitMs / 1_000,
  ]);
}

/** The activity has ended, successfully or not. Throws StoreUnavailable. */
export async function clearRetry(
  pool: Pool,
  { migration: { kind, subject }, runId, activityId }: RetriedActivity,
): Promise<void> {
  await ask(
    pool,
    'DELETE FROM carryover.retries WHERE kind = $1 AND subject = $2 AND run_id = $3 AND activity_id = $4',
    [kind, subject, runId, activityId],
  );
}

/** Removes the retries of the migration, or of one unit, except those of single items, which continue. */
export async function forgetRetries(
  tx: Transaction,
  { kind, subject }: MigrationRef,
  unit?: string,
): Promise<void> {
  await tx.run`
    DELETE FROM carryover.retries WHERE kind = ${kind} AND subject = ${subject} AND item IS NULL
      AND (${unit ?? null}::text IS NULL OR unit = ${unit ?? null})`;
}

/** Removes all retries, for a reset. */
export async function forgetAllRetries(tx: Transaction, { kind, subject }: MigrationRef): Promise<void> {
  await tx.run`DELETE FROM carryover.retries WHERE kind = ${kind} AND subject = ${subject}`;
}

/** The maximum number shown. */
const SHOWN = 20;

/** Lists retries, longest first. Lanes or items that fail alike are one entry. Throws StoreUnavailable. */
export async function readRetries(pool: Pool, { kind, subject }: MigrationRef): Promise<RetriedWork[]> {
  return ask<RetriedWork>(
    pool,
    `SELECT activity, unit, CASE count(*) WHEN 1 THEN min(item) END AS item, phase, count(*)::integer AS tasks, type,
       (array_agg(message ORDER BY next_try_at DESC))[1] AS message, max(attempt) AS attempt, min(since) AS since,
       min(next_try_at) FILTER (WHERE next_try_at > clock_timestamp()) AS "nextTryAt"
     FROM carryover.retries WHERE kind = $1 AND subject = $2 AND expires_at > clock_timestamp()
     GROUP BY activity, unit, phase, type ORDER BY min(since), activity, unit LIMIT ${SHOWN}`,
    [kind, subject],
  );
}
