/** Signals and queries by name and type, so that whoever sends or reads them need not import a workflow. */

export interface Steering {
  /** Who, by the token's `sub`. */
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

export const SIGNALS = {
  /** To the migration: begin, or, while it runs, retry what has failed. */
  start: 'start',
  /** To the migration, which passes them on to its units. */
  pause: 'pause',
  resume: 'resume',
  /** Says who cancels. Temporal's own cancellation should follow it, so that the run is shown as cancelled and not as failed. */
  cancel: 'cancel',
  /** From a unit that does several phases in one run, to its migration: one is done. */
  phaseDone: 'phase-done',
  /** To a unit's run of an earlier migration: another waits for its end. It need not be handled: only a run that has ended refuses it. */
  succeeded: 'succeeded',
  /** From an activity that has failed some times and is being retried, to its workflow: for the details alone. */
  retrying: 'retrying',
} as const;

export const QUERIES = {
  progress: 'progress',
} as const;

export type PauseSignal = Steering;
export type ResumeSignal = Steering;
export type CancelSignal = Steering;

export interface StartSignal extends Steering {
  /** Also when the migration was done: the store says that it is not, after a reset or a restore. */
  readonly afresh?: boolean;
}

/** Starts the verification's workflow, or finds it running. */
export interface VerifySignal extends Steering {
  readonly verificationId: string;
  /** It was asked for by this message, so that a run that is there can only be on its way to the end of another. */
  readonly begun?: boolean;
}

/** What the store has the workflows of every kind told. */
export interface EngineSignals {
  readonly start: StartSignal;
  readonly pause: PauseSignal;
  readonly resume: ResumeSignal;
  readonly cancel: CancelSignal;
  readonly verify: VerifySignal;
}

export interface PhaseDoneSignal {
  readonly unit: string;
  readonly phase: string;
}

export interface RetryingSignal {
  readonly activity: string;
  readonly type: string;
  readonly message: string;
  /** The one that failed. */
  readonly attempt: number;
  /** ISO 8601. */
  readonly nextTryAt: string;
}
