/** Requests, and their progress. */

import type pg from 'pg';
import type {
  Action,
  Counts,
  OnboardingRequest,
  RequestStatus,
} from '../../../domain/onboarding/requests.js';
import { ONBOARDING } from '../../../domain/onboarding/names.js';
import { type SteeredRows, steeredRows } from '../migrations/steered-rows.js';
import { ask } from '../sql/ask.js';
import type { Transaction } from '../sql/transaction.js';

const STEERED = steeredRows(ONBOARDING, {
  running: 'running' satisfies RequestStatus,
  cancelled: 'cancelled' satisfies RequestStatus,
  // Temporal refuses to start it: nothing was done.
  failed: 'cancelled' satisfies RequestStatus,
});

/** The migrations' rows: status, and who paused or cancelled them. */
export const ROWS: SteeredRows = {
  ...STEERED,
  async recordCancellation(tx, migrationId, by) {
    await STEERED.recordCancellation(tx, migrationId, by);
    await stopTime(tx, migrationId);
  },
  async recordFailure(tx, migrationId, failure) {
    await STEERED.recordFailure(tx, migrationId, failure);
    await stopTime(tx, migrationId);
  },
};

async function stopTime(tx: Transaction, migrationId: string): Promise<void> {
  await tx.query(
    'UPDATE carryover.onboarding_requests SET ended_at = clock_timestamp() WHERE migration_id = $1 AND ended_at IS NULL',
    [migrationId],
  );
}

/** Records a request in the caller's transaction. */
export async function addRequest(
  tx: Transaction,
  request: OnboardingRequest,
  totalUsers: number,
  by: string,
): Promise<void> {
  const { migrationId, action, userIds, batchSize, dryRun, force } = request;
  await tx.query(
    `INSERT INTO carryover.onboarding_requests (migration_id, action, user_ids, batch_size, dry_run, force, total_users)
     VALUES ($1, $2, $3::uuid[], $4, $5, $6, $7)`,
    [migrationId, action, userIds ?? null, batchSize, dryRun, force, totalUsers],
  );
  await ROWS.start(tx, migrationId, by);
}

/** A request without its users. */
export interface RequestState {
  readonly action: Action;
  /** Whether it is of all legacy users. */
  readonly isOfAll: boolean;
  readonly batchSize: number;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly totalUsers: number;
  readonly counts: Counts;
  /** In milliseconds, up to its end or now. */
  readonly processingMs: number;
  readonly status: RequestStatus;
  readonly isPaused: boolean;
}

const STATE = `SELECT r.migration_id AS "migrationId", r.action, r.user_ids IS NULL AS "isOfAll", r.batch_size AS "batchSize", r.dry_run AS "dryRun",
    r.force, r.total_users AS "totalUsers",
    json_build_object('migrated', r.migrated_users, 'failed', r.failed_users, 'skipped', r.skipped_users) AS counts,
    round(extract(epoch FROM coalesce(r.ended_at, clock_timestamp()) - r.started_at) * 1000)::float8 AS "processingMs",
    m.status, m.paused IS NOT NULL AS "isPaused"
  FROM carryover.onboarding_requests r JOIN carryover.migrations m ON m.kind = '${ONBOARDING}' AND m.subject = r.migration_id`;

/** Throws StoreUnavailable. */
export async function readRequest(pool: pg.Pool, migrationId: string): Promise<RequestState | undefined> {
  return (await ask<RequestState & object>(pool, `${STATE} WHERE r.migration_id = $1`, [migrationId]))[0];
}

/** Those that have not ended, the oldest first; at most a hundred. */
export async function openRequests(
  pool: pg.Pool,
): Promise<(RequestState & { readonly migrationId: string })[]> {
  return ask(pool, `${STATE} WHERE r.ended_at IS NULL ORDER BY r.started_at LIMIT 100`);
}

/** By migration; for lists. */
export async function readRequests(
  pool: pg.Pool,
  migrationIds: readonly string[],
): Promise<Map<string, RequestState>> {
  const rows = await ask<RequestState & { migrationId: string }>(
    pool,
    `${STATE} WHERE r.migration_id = ANY($1)`,
    [migrationIds],
  );
  return new Map(rows.map((row) => [row.migrationId, row]));
}

/** The chosen users from place `from` on (0 is the first). */
export async function chosenUsers(
  pool: pg.Pool,
  migrationId: string,
  from: number,
  limit: number,
): Promise<string[]> {
  const [row] = await ask<{ ids: string[] }>(
    pool,
    `SELECT coalesce(user_ids[$2::int:$3::int], '{}')::text[] AS ids FROM carryover.onboarding_requests WHERE migration_id = $1`,
    [migrationId, from + 1, from + limit],
  );
  return row?.ids ?? [];
}

/** Records the end; the total becomes the number of users that were found. A second call changes nothing. */
export async function completeRequest(tx: Transaction, migrationId: string): Promise<void> {
  await tx.query(
    `UPDATE carryover.onboarding_requests SET total_users = migrated_users + failed_users + skipped_users
     WHERE migration_id = $1 AND ended_at IS NULL AND user_ids IS NULL`,
    [migrationId],
  );
  await stopTime(tx, migrationId);
  await STEERED.setStatus(tx, migrationId, 'completed' satisfies RequestStatus);
}
