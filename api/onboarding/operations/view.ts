import type { Counts } from '../../../domain/onboarding/requests.js';
import type { UserResult } from '../../../domain/onboarding/results.js';
import { type RequestState, openRequests, readRequest } from '../../../gateways/store/onboarding/requests.js';
import { listResults } from '../../../gateways/store/onboarding/results.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { readCursor } from '../../http/cursors.js';
import { pageOf } from '../../http/pages.js';
import { DEFAULT_LIMIT } from '../../schemas/common.js';
import type { SHOWN_STATUSES } from '../schemas/migrations.js';
import { unknownMigration } from './unknown.js';

export type ShownStatus = (typeof SHOWN_STATUSES)[number];

export function shownStatus({ status, isPaused }: Pick<RequestState, 'status' | 'isPaused'>): ShownStatus {
  return status === 'running' && isPaused ? 'paused' : status;
}

export interface ResultsPage {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
  readonly only?: 'failed' | undefined;
}

const USER_ID = /^[\da-f-]{36}$/;

/** A migration with a page of its results, by user. Throws Problem 404, 400. */
export async function migrationView(
  store: Store,
  migrationId: string,
  { cursor, limit = DEFAULT_LIMIT, only }: ResultsPage = {},
) {
  const [after] = cursor === undefined ? [] : readCursor(cursor, [USER_ID]);
  const state = await readRequest(store.pool, migrationId);
  if (state === undefined) throw unknownMigration();
  const found = await listResults(store.pool, migrationId, { only, after, limit: limit + 1 });
  const { page, next_cursor } = pageOf<UserResult>(found, limit, ({ user_id }) => [user_id]);
  return {
    migration_id: migrationId,
    status: shownStatus(state),
    total_users: state.totalUsers,
    migrated_users: state.counts.migrated,
    failed_users: state.counts.failed,
    skipped_users: state.counts.skipped,
    results: [...page],
    next_cursor,
    processing_time_ms: state.processingMs,
  };
}

export async function progressView(store: Store) {
  const open = await openRequests(store.pool);
  return {
    migrations: open.map(({ migrationId, ...state }) => ({ migration_id: migrationId, ...speedOf(state) })),
  };
}

function speedOf({
  totalUsers,
  counts,
  processingMs,
}: Pick<RequestState, 'totalUsers' | 'counts' | 'processingMs'>) {
  const done = sumOf(counts);
  const perSecond = processingMs > 0 ? (done * 1_000) / processingMs : 0;
  return {
    total_users: totalUsers,
    done,
    failed: counts.failed,
    users_per_second: Math.round(perSecond * 100) / 100,
    seconds_left: perSecond > 0 ? Math.round(Math.max(0, totalUsers - done) / perSecond) : null,
  };
}

function sumOf({ migrated, failed, skipped }: Counts): number {
  return migrated + failed + skipped;
}
