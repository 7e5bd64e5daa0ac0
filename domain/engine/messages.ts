/** Names and types of signals and queries, so that senders and readers need not import a workflow. */

export interface Steering {
  /** The `sub` of the token. */
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

export const SIGNALS = {
  /** To the migration: start, or retry what failed if it is running. */
  start: 'start',
  /** To the migration, which passes it on to its units. */
  pause: 'pause',
  resume: 'resume',
  /** Names who cancels. Follow it with Temporal's own cancellation, so that the run ends as cancelled rather than failed. */
  cancel: 'cancel',
  /** From a unit that runs several phases in one run to its migration: a phase is done. */
  phaseDone: 'phase-done',
  /** To a unit's run of an earlier migration, to check whether it is still open: only a closed run rejects it. Needs no handler. */
  succeeded: 'succeeded',
  /** From an activity that is being retried to its workflow, which shows it in its details. */
  retrying: 'retrying',
} as const;

export const QUERIES = {
  progress: 'progress',
} as const;

export type PauseSignal = Steering;
export type ResumeSignal = Steering;
export type CancelSignal = Steering;

export interface StartSignal extends Steering {
  /** Start even a completed migration, because a reset or a restore has undone it. */
  readonly afresh?: boolean;
}

/** Starts the verification's workflow, or finds it running. */
export interface VerifySignal extends Steering {
  readonly verificationId: string;
  /** This message requested the verification, so a running workflow can only be an earlier one that is ending. */
  readonly begun?: boolean;
}

/** Signals of the outbox that the workflows of every kind have. */
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
  /** The attempt that failed. */
  readonly attempt: number;
  /** ISO 8601. */
  readonly nextTryAt: string;
}
