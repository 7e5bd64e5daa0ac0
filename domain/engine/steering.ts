/** What was asked of a migration, whatever its kind. Each change, made again, changes nothing more. */

/** Who did something to a migration, and since when it holds (ISO 8601). */
export interface Steered {
  readonly by: string;
  readonly since: string;
}

/** Times are ISO 8601. */
export interface SteeringState {
  /** A start was asked for and nothing has taken it back. */
  readonly started: boolean;
  /** The first start. */
  readonly startedAt: string | undefined;
  /** The latest start, and who asked for it. */
  readonly restartedAt: string | undefined;
  readonly startedBy: string | undefined;
  readonly paused: Steered | undefined;
  readonly cancelled: Steered | undefined;
  /** Everything that was migrated is being removed; the migration starts again when it is. */
  readonly resetting: Steered | undefined;
}

export const NOT_STARTED: SteeringState = {
  started: false,
  startedAt: undefined,
  restartedAt: undefined,
  startedBy: undefined,
  paused: undefined,
  cancelled: undefined,
  resetting: undefined,
};

/** Takes back a cancellation; a pause holds. `by` and `at` count for a start of what does not run: `isRunning` says so. */
export function started(
  state: SteeringState,
  {
    by,
    at,
    isRunning,
  }: { readonly by: string | undefined; readonly at: string; readonly isRunning: boolean },
): SteeringState {
  const begun = { ...state, started: true, startedAt: state.startedAt ?? at, cancelled: undefined };
  return isRunning ? begun : { ...begun, restartedAt: at, startedBy: by ?? state.startedBy };
}

export function paused(state: SteeringState, asked: Steered): SteeringState {
  return { ...state, paused: state.paused ?? asked };
}

export function resumed(state: SteeringState): SteeringState {
  return { ...state, paused: undefined };
}

/** An end was asked for: work stops within a batch. */
export function cancelled(state: SteeringState, asked: Steered): SteeringState {
  return { ...state, cancelled: state.cancelled ?? asked };
}

/** The migration has ended because somebody cancelled it. */
export function ended(state: SteeringState, asked: Steered): SteeringState {
  return { ...cancelled(state, asked), started: false };
}

/** A reset was asked for. Work stops as with a cancellation. */
export function reset(state: SteeringState, asked: Steered): SteeringState {
  const { resetting = asked, startedAt, restartedAt, startedBy } = state;
  return { ...NOT_STARTED, startedAt, restartedAt, startedBy, resetting, cancelled: resetting };
}
