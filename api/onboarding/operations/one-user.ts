/** Calls about one user that wait for the work's end. */

import type { Clock } from '../../../domain/engine/clock.js';
import { isUserFailure } from '../../../domain/onboarding/failures.js';
import type { UserResult } from '../../../domain/onboarding/results.js';
import { wordOf } from '../../../domain/onboarding/words.js';
import { readMigratedLog, readSession, readUserRow } from '../../../gateways/onboarding/migrated-user.js';
import { listResults } from '../../../gateways/store/onboarding/results.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import type { Asker } from '../../engine/operations/asker.js';
import { Problem, unavailable } from '../../http/problems.js';
import type { OnboardingStores } from '../stores.js';
import { type Selection, type Started, hasEnded, start } from './start.js';
import { notMigrated, unknownUser } from './unknown.js';

export interface OneUserWorld {
  readonly store: Store;
  readonly stores: OnboardingStores;
  readonly clock: Clock;
  /** Delivers what was written to Temporal. */
  readonly deliver: () => Promise<void>;
}

const PATIENCE_MS = 10_000;
const PING_MS = 2_000;

/** The result, also for a user who was migrated before; the started migration if it takes longer. Throws Problem 404, 422; TargetUnavailable. */
export async function migrateOne(
  world: OneUserWorld,
  userId: string,
  asker: Asker,
): Promise<UserResult | Started> {
  const { database, keys } = world.stores;
  await keys.ping(PING_MS);
  const user = await readUserRow(database.rows, userId);
  if (user === undefined) throw unknownUser();
  if (wordOf(user.status) === 'migrated') return migratedBefore(world, userId);
  const ended = await run(world, { action: 'migrate', userIds: [userId] }, asker);
  if ('migration_id' in ended) return ended;
  if (ended.success) return ended;
  const { type = '', detail = '' } = ended.error ?? {};
  if (type === 'already-migrated') return migratedBefore(world, userId);
  if (type === 'NoSuchUser') throw unknownUser();
  throw new Problem('unprocessable', detail, { type });
}

async function migratedBefore({ stores: { database } }: OneUserWorld, userId: string): Promise<UserResult> {
  const { result } = (await readMigratedLog(database.rows, userId))?.metadata ?? {};
  if (result !== undefined) return result;
  const session = await readSession(database.rows, userId);
  if (session === undefined)
    throw new Problem('unprocessable', 'The user has the status migrated, but no session.', {
      type: 'already-migrated',
    });
  return {
    user_id: userId,
    success: true,
    session_id: session.sessionId,
    workspace_id: session.workspaceId,
    legacy_status: session.legacyStatus,
    new_status: session.status,
    current_step: session.currentStep,
    completion_percentage: Number(session.percentage),
    bcm_generated: session.bcmGenerated,
    migrated_at: null,
    error: null,
  };
}

export interface RolledBack {
  readonly success: true;
  readonly user_id: string;
  readonly message: string;
}

/** Throws Problem 404, 409; TargetUnavailable, also if it takes longer than ten seconds. */
export async function rollBackOne(
  world: OneUserWorld,
  userId: string,
  force: boolean,
  asker: Asker,
): Promise<RolledBack> {
  const { database, keys } = world.stores;
  await keys.ping(PING_MS);
  const user = await readUserRow(database.rows, userId);
  if (user === undefined) throw unknownUser();
  if (wordOf(user.status) !== 'migrated') throw notMigrated();
  const ended = await run(world, { action: 'rollback', userIds: [userId], force }, asker);
  if ('migration_id' in ended)
    throw unavailable(`The rollback continues as migration ${ended.migration_id}. Ask for its result.`, 5);
  if (ended.success) {
    return {
      success: true,
      user_id: userId,
      message: `The user has the legacy status ${JSON.stringify(ended.legacy_status)} again.`,
    };
  }
  const { type = '', detail = '' } = ended.error ?? {};
  if (type === 'NoSuchUser') throw unknownUser();
  throw new Problem('conflict', detail, isUserFailure(type) ? { type } : {});
}

async function run(world: OneUserWorld, selection: Selection, asker: Asker): Promise<UserResult | Started> {
  const { store, stores, clock, deliver } = world;
  const started = await start(store, stores, selection, asker);
  await deliver();
  const ended = await hasEnded(store, clock, started.migration_id, PATIENCE_MS);
  const [result] = ended ? await listResults(store.pool, started.migration_id, { limit: 1 }) : [];
  return result ?? started;
}
