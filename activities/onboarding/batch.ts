import {
  type LaneState,
  type OnboardingRequest,
  MOST_LANES,
  idBefore,
  lastIdOf,
} from '../../domain/onboarding/requests.js';
import { nextLegacyUsers } from '../../gateways/onboarding/legacy-users.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { type RequestState, chosenUsers } from '../../gateways/store/onboarding/requests.js';
import { usersWithResult } from '../../gateways/store/onboarding/results.js';
import type { OnboardingWorld } from './world.js';

/** The next users of a lane, and where it is after them. */
export interface Batch {
  readonly userIds: readonly string[];
  readonly after: LaneState;
}

/** The number of lanes that help with so many users. */
export function lanesFor({ totalUsers, batchSize }: Pick<RequestState, 'totalUsers' | 'batchSize'>): number {
  return Math.max(1, Math.min(MOST_LANES, Math.ceil(totalUsers / batchSize)));
}

/** Lanes take chosen users batch by batch in turn; of all users, each lane takes a range of ids. Leaves out users that have a result. */
export async function nextBatch(
  { store, database }: Pick<OnboardingWorld, 'database'> & { readonly store: Store },
  { migrationId }: Pick<OnboardingRequest, 'migrationId'>,
  request: RequestState,
  lane: LaneState,
): Promise<Batch> {
  const { batchSize } = request;
  const found = request.isOfAll
    ? await nextLegacyUsers(database, {
        after: lane.cursor ?? idBefore(lane) ?? null,
        upTo: lastIdOf(lane),
        limit: batchSize,
      })
    : await chosenUsers(store.pool, migrationId, placeOf(lane) * batchSize, batchSize);
  const done = await usersWithResult(store.pool, migrationId, found);
  const cursor = request.isOfAll ? found.at(-1) : String(placeOf(lane) + lane.lanes);
  const isLast = request.isOfAll
    ? found.length < batchSize
    : (placeOf(lane) + lane.lanes) * batchSize >= request.totalUsers;
  return {
    userIds: found.filter((id) => !done.has(id)),
    after: { ...lane, ...(cursor !== undefined && { cursor }), finished: isLast },
  };
}

/** The lane's next batch of chosen users. */
function placeOf({ lane, cursor }: LaneState): number {
  return cursor === undefined ? lane : Number(cursor);
}
