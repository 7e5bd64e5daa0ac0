/** The requested state of a migration of any kind. All changes are idempotent. */

/** Who requested something, and since when it holds (ISO 8601). */
export interface Steered {
  readonly by: string;
  readonly since: string;
}

/** Times are ISO 8601. */
export interface SteeringState {
  /** A start was requested and not cancelled. */
  readonly started: boolean;
  /** The first start. */
  readonly startedAt: string | undefined;
  /** The time and author of the latest start. */
  readonly restartedAt: string | undefined;
  readonly startedBy: string | undefined;
  readonly paused: Steered | undefined;
  readonly cancelled: Steered | undefined;
  /** Set while imported data is being removed; the migration then starts again. */
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

/** A start ends a cancellation but not a pause. `by` and `at` are recorded unless the migration is running. */
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

/** Requests a cancellation: work stops within a batch. */
export function cancelled(state: SteeringState, asked: Steered): SteeringState {
  return { ...state, cancelled: state.cancelled ?? asked };
}

/** The migration has ended after a cancellation. */
export function ended(state: SteeringState, asked: Steered): SteeringState {
  return { ...cancelled(state, asked), started: false };
}

/** Requests a reset, which stops work like a cancellation. */
export function reset(state: SteeringState, asked: Steered): SteeringState {
  const { resetting = asked, startedAt, restartedAt, startedBy } = state;
  return { ...NOT_STARTED, startedAt, restartedAt, startedBy, resetting, cancelled: resetting };
}
