import type { Clock } from '../../domain/engine/clock.js';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import type { LaneState } from '../../domain/onboarding/requests.js';
import type { UserResult } from '../../domain/onboarding/results.js';
import { chunksOf, nextLegacyUsers } from '../../gateways/onboarding/legacy-users.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import {
  ROWS,
  type RequestState,
  completeRequest,
  readRequest,
} from '../../gateways/store/onboarding/requests.js';
import { addResults, usersWithResult } from '../../gateways/store/onboarding/results.js';
import { transaction } from '../../gateways/store/sql/transaction.js';
import { withHeartbeats } from '../engine/heartbeats.js';
import { lanesFor, nextBatch } from './batch.js';
import { addCutOff } from './cut-off.js';
import { migrateUsers } from './migrate-users.js';
import { rollBackUsers } from './rollback-users.js';
import type { BatchAnswer, BatchInput, EndInput, OnboardingActivities } from './types.js';
import type { OnboardingTargets, OnboardingWorld } from './world.js';

export interface OnboardingDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly onboarding: OnboardingTargets;
}

export function createOnboardingActivities({
  store,
  clock,
  onboarding,
}: OnboardingDependencies): OnboardingActivities {
  const world: OnboardingWorld = { ...onboarding, clock };

  const runOnboardingBatch = async ({ migrationId, lane: given }: BatchInput): Promise<BatchAnswer> => {
    const request = await requestOf(store, migrationId);
    const lane: LaneState = given ?? { lane: 0, lanes: lanesFor(request) };
    const { userIds, after } = await nextBatch(
      { store, database: world.database },
      { migrationId },
      request,
      lane,
    );
    const results = await withHeartbeats(clock, ({ beat }) =>
      move(world, { migrationId, request, beat }, userIds),
    );
    const isOnly = lane.lanes === 1 && after.finished === true;
    await transaction(store.control, 'add-onboarding-results', (tx) => addResults(tx, migrationId, results));
    const ended = isOnly && (await end(migrationId, request)).ended;
    const { counts } = await requestOf(store, migrationId);
    return { lane: after, counts, ended };
  };

  const end = async (migrationId: string, request: RequestState): Promise<{ ended: boolean }> => {
    if (request.isOfAll) {
      if (await hasMore(world, store, migrationId)) return { ended: false };
      await addCutOff({ store, database: world.database }, migrationId, request);
    }
    await transaction(store.control, 'end-onboarding', async (tx) => {
      await ROWS.lock(tx, migrationId);
      await completeRequest(tx, migrationId);
    });
    return { ended: true };
  };

  return {
    runOnboardingBatch,
    async endOnboarding({ migrationId, cancelledBy }: EndInput) {
      const request = await requestOf(store, migrationId);
      if (cancelledBy === undefined) return end(migrationId, request);
      // A cancellation does not wait for the product's database.
      await addCutOff({ store, database: world.database }, migrationId, request).catch(unlessAway);
      await transaction(store.control, 'cancel-onboarding', async (tx) => {
        await ROWS.lock(tx, migrationId);
        await ROWS.recordCancellation(tx, migrationId, cancelledBy);
      });
      return { ended: true };
    },
  };
}

async function move(
  world: OnboardingWorld,
  { migrationId, request, beat }: { migrationId: string; request: RequestState; beat: () => void },
  userIds: readonly string[],
): Promise<UserResult[]> {
  if (userIds.length === 0) return [];
  const { action, dryRun, force } = request;
  if (action === 'rollback') {
    return [...(await rollBackUsers(world, { migrationId, force, beat }, userIds)).values()];
  }
  const results: UserResult[] = [];
  for (const chunk of await chunksOf(world.database, userIds))
    results.push(...(await migrateUsers(world, { migrationId, dryRun, beat }, chunk)).values());
  return results;
}

const PAGE = 500;

/** Whether there are legacy users without a result, which have appeared after their lane had passed. */
async function hasMore({ database }: OnboardingWorld, store: Store, migrationId: string): Promise<boolean> {
  let after: string | null = null;
  for (;;) {
    const found: string[] = await nextLegacyUsers(database, {
      after,
      upTo: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
      limit: PAGE,
    });
    const done = await usersWithResult(store.pool, migrationId, found);
    if (done.size < found.length) return true;
    if (found.length < PAGE) return false;
    after = found.at(-1) ?? null;
  }
}

function unlessAway(error: unknown): void {
  if (!(error instanceof CarryoverError && error.type === 'TargetUnavailable')) throw error;
}

async function requestOf(store: Store, migrationId: string): Promise<RequestState> {
  const found = await readRequest(store.pool, migrationId);
  if (found !== undefined) return found;
  throw new CarryoverError('Unexpected', `The store has no onboarding request ${migrationId}.`);
}
