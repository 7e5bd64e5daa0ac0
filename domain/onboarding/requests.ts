/** Operators' requests: users to migrate or to roll back. */

export type Action = 'migrate' | 'rollback';

export interface OnboardingRequest {
  readonly migrationId: string;
  readonly action: Action;
  /** Undefined for all legacy users. */
  readonly userIds: readonly string[] | undefined;
  readonly batchSize: number;
  /** A dry run changes nothing. */
  readonly dryRun: boolean;
  /** Rolls back even those who have done something in the new session. */
  readonly force: boolean;
}

export const DEFAULT_BATCH_SIZE = 50;

export const STATUSES = ['running', 'cancelled', 'completed'] as const;
export type RequestStatus = (typeof STATUSES)[number];

export interface Counts {
  readonly migrated: number;
  readonly failed: number;
  readonly skipped: number;
}

/** One of several workers on one request; each has a share of its own, in order. */
export interface LaneState {
  readonly lane: number;
  readonly lanes: number;
  /** The lane's position; undefined at the beginning. */
  readonly cursor?: string;
  readonly finished?: boolean;
}

/** Two cores are busy with this many. */
export const MOST_LANES = 4;

/** The last id of a lane's share of all ids. */
export function lastIdOf({ lane, lanes }: Pick<LaneState, 'lane' | 'lanes'>): string {
  if (lane === lanes - 1) return 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  const first = Math.floor((2 ** 32 / lanes) * (lane + 1));
  return `${first.toString(16).padStart(8, '0')}-0000-0000-0000-000000000000`;
}

/** The id before the lane's share of all ids; undefined for the first lane. */
export function idBefore({ lane, lanes }: Pick<LaneState, 'lane' | 'lanes'>): string | undefined {
  return lane === 0 ? undefined : lastIdOf({ lane: lane - 1, lanes });
}
