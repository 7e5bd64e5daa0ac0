import { Type } from 'typebox';
import { type Clock, timestamp } from '../../domain/engine/clock.js';
import { ONBOARDING, workflowId } from '../../domain/onboarding/names.js';
import { isUserFailure, USER_FAILURES } from '../../domain/onboarding/failures.js';
import { STATUSES } from '../../domain/onboarding/requests.js';
import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import { SIGNALS } from '../../domain/engine/messages.js';
import { listMigrations } from '../../gateways/store/migrations/migrations-list.js';
import { addWorkflowMessage } from '../../gateways/store/migrations/workflow-messages.js';
import { type FailedUser, failedUsers } from '../../gateways/store/onboarding/failures.js';
import {
  type RequestState,
  ROWS,
  openRequests,
  readRequest,
  readRequests,
} from '../../gateways/store/onboarding/requests.js';
import { forgetFailures, latestResults } from '../../gateways/store/onboarding/results.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { Named, oneOf } from '../schemas/common.js';
import type { ApiKind, ListedFailure } from '../engine/kind.js';
import type { KindOff } from '../engine/known-kinds.js';
import type { OnboardingStores } from './stores.js';
import { unknownMigration } from './operations/unknown.js';
import { shownStatus } from './operations/view.js';
import { SHOWN_STATUSES } from './schemas/migrations.js';

export interface OnboardingWorld {
  readonly store: Store;
  readonly clock: Clock;
  readonly onboarding?: OnboardingStores | undefined;
}

const Count = Type.Integer({ minimum: 0 });

const OnboardingKindMigration = Named('OnboardingKindMigration', {
  migration_id: Type.String(),
  action: oneOf(['migrate', 'rollback']),
  status: oneOf(SHOWN_STATUSES),
  dry_run: Type.Boolean(),
  total_users: Count,
  migrated_users: Count,
  failed_users: Count,
  skipped_users: Count,
  processing_time_ms: Count,
});

const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const FAILED = 'users';
/** Users that are listed as units, those who failed first. */
const MOST_UNITS = 500;

/** The kind `onboarding`: a key is a migration's id, and a unit is a user. */
export function onboardingKind({ store, clock, onboarding }: OnboardingWorld): ApiKind | KindOff {
  if (onboarding === undefined)
    return { off: 'ONBOARDING_DATABASE_URL and ONBOARDING_REDIS_URL are not set.' };
  return {
    name: ONBOARDING,
    title: 'Onboarding',
    subject: 'migration',
    units: 'users',
    phases: [],
    statuses: STATUSES,
    standing: (status) => (status === 'running' ? 'running' : 'done'),
    view: OnboardingKindMigration,
    async read(key) {
      const state = await readRequest(store.pool, key);
      if (state === undefined) throw unknownMigration();
      const { action, dryRun, totalUsers, counts, processingMs } = state;
      return {
        migration_id: key,
        action,
        status: shownStatus(state),
        dry_run: dryRun,
        total_users: totalUsers,
        migrated_users: counts.migrated,
        failed_users: counts.failed,
        skipped_users: counts.skipped,
        processing_time_ms: processingMs,
      };
    },
    async list(filter) {
      const listed = await listMigrations(store.pool, ONBOARDING, filter);
      const states = await readRequests(
        store.pool,
        listed.map(({ key }) => key),
      );
      return listed.map(({ key, status, steering, changedAt }) => {
        const state = states.get(key);
        const { migrated = 0, failed = 0, skipped = 0 } = state?.counts ?? {};
        return {
          key,
          name: state === undefined ? '' : nameOf(state),
          status,
          phase: 'users',
          progress: { done: migrated + failed + skipped, planned: state?.totalUsers ?? 0 },
          paused: steering.paused ?? null,
          needsAttention: failed > 0,
          changedAt,
        };
      });
    },
    async openWork() {
      const open = await openRequests(store.pool);
      return open.map(({ migrationId, counts, totalUsers, processingMs }) => ({
        kind: ONBOARDING,
        subject: migrationId,
        unit: '',
        phase: '',
        read: counts.migrated + counts.failed + counts.skipped,
        low: totalUsers,
        high: totalUsers,
        age: processingMs / 1_000,
        idle: 0,
        units: 1,
        phases: 1,
      }));
    },
    async readUnits(key) {
      const users = await latestResults(store.pool, key, MOST_UNITS);
      return users.map(({ outcome, error, since, userId }) => ({
        unit: userId,
        name: userId,
        status: outcome,
        since: since.toISOString(),
        parts:
          error === null
            ? []
            : [{ id: error.type, type: error.type, name: error.detail, status: outcome, since: null }],
      }));
    },
    async assertKnown(key) {
      if ((await readRequest(store.pool, key)) === undefined) throw unknownMigration();
    },
    steered: {
      migrations: ROWS,
      workflowId,
      isDone: (status) => status !== 'running',
      unknown: unknownMigration,
      async retry(tx, key, { subject: by, at }) {
        await forgetFailures(tx, key);
        const status = await ROWS.start(tx, key, by);
        await addWorkflowMessage(tx, {
          migration: { kind: ONBOARDING, subject: key },
          workflowId: workflowId(key),
          signal: SIGNALS.start,
          payload: { by, at, afresh: true },
        });
        return status;
      },
    },
    failures: {
      kinds: [FAILED],
      isPosition: ({ id }) => ID.test(id),
      list: async ({ key, after, limit }) =>
        (await failedUsers(store.pool, { migrationId: key, after: after?.id, limit })).map(listed),
    },
    explained: {
      words: {
        subject: 'migration',
        unit: 'user',
        units: 'users',
        records: 'users',
        source: "the product's database",
        others: 'people who use the product',
        doing: () => 'moving a batch of users',
        command: (...words) => carryoverCommand(...words, '--kind', ONBOARDING),
      },
      async read(key, status) {
        if ((await readRequest(store.pool, key)) === undefined) throw unknownMigration();
        return { outcome: status === 'running' ? 'open' : 'done', failures: [], waits: [] };
      },
    },
    async report(since) {
      const failures = await failedUsers(store.pool, { since, limit: 20 });
      const count = failures[0]?.all ?? 0;
      return {
        at: timestamp(clock),
        since: since?.toISOString() ?? null,
        counts: { [FAILED]: count },
        waived: 0,
        entries: failures.map((failure) => {
          const { id: _id, ...entry } = listed(failure);
          return { ...entry, count: 1 };
        }),
      };
    },
  };
}

function nameOf({ action, dryRun, totalUsers }: RequestState): string {
  const what = action === 'rollback' ? 'Rollback' : dryRun ? 'Dry run' : 'Migration';
  return `${what} of ${totalUsers.toLocaleString('en')} ${totalUsers === 1 ? 'user' : 'users'}`;
}

function listed({ migrationId, userId, type, detail, since }: FailedUser): ListedFailure {
  return {
    id: `${migrationId}/${userId}`,
    kind: FAILED,
    key: migrationId,
    unit: userId,
    what: `user ${userId}`,
    since: since.toISOString(),
    times: 1,
    message: `${type}: ${detail}`,
    next_step: isUserFailure(type) ? USER_FAILURES[type] : 'Follow the message.',
    command: carryoverCommand('retry', '--kind', ONBOARDING, migrationId),
  };
}
