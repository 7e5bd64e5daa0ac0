/** The facts from which `explain` says why a migration waits. All times are ISO 8601. */

import type { SteeringState } from '../steering.js';

export interface ExplainedMigration {
  readonly kind: string;
  readonly key: string;
  readonly now: string;
  readonly words: ExplainWords;
  readonly store: StoreFacts;
  readonly own: OwnFacts;
  readonly temporal: TemporalFacts;
  /** Records read per second; null if nothing is read. */
  readonly rate: number | null;
}

/** A kind's own words. */
export interface ExplainWords {
  /** What a key identifies: `account`. */
  readonly subject: string;
  readonly unit: string;
  readonly units: string;
  /** What is read: `messages`. */
  readonly records: string;
  /** Where it is read: `Conversations`. */
  readonly source: string;
  /** Whom a governor protects: `users of the helpdesk`. */
  readonly others: string;
  /** What an activity does, without its unit: `importing recent messages`. */
  doing(work: {
    readonly activity: string;
    readonly phase: string | null;
    readonly item: string | null;
  }): string;
  /** A command of the command line for this migration. */
  command(...words: readonly string[]): string;
}

/** What the store knows of a migration of any kind. */
export interface StoreFacts {
  readonly status: string;
  readonly changedAt: string | null;
  readonly steering: SteeringState;
  /** Messages that Temporal does not have yet, oldest first. */
  readonly undelivered: readonly UndeliveredFact[];
  readonly refused: { readonly signal: string; readonly since: string; readonly reason: string } | null;
  readonly retries: readonly RetryFact[];
  /** A verification is running; Temporal's facts are then about its workflow. */
  readonly verifying: boolean;
  /** Phases that are not complete. */
  readonly phases: readonly PhaseFact[];
}

export interface UndeliveredFact {
  readonly signal: string;
  readonly since: string;
  readonly tries: number;
  readonly nextTryAt: string;
}

export interface RetryFact {
  readonly activity: string;
  readonly unit: string | null;
  /** What it concerns within the unit. */
  readonly item: string | null;
  readonly phase: string | null;
  readonly type: string;
  readonly message: string;
  /** The latest failed attempt. */
  readonly attempt: number;
  /** The first failure; null if only the latest is known. */
  readonly since: string | null;
  /** In the past if an attempt is running. */
  readonly nextTryAt: string;
}

export interface PhaseFact {
  readonly unit: string;
  readonly pass: string;
  readonly phase: string;
  readonly plannedAt: string;
  readonly read: number;
  /** About how many records are left. */
  readonly left: number;
  /** Slices that are not done. */
  readonly open: number;
  /** When a batch was last committed; null before the first. */
  readonly lastBatchAt: string | null;
  /** One for each lane that holds slices. */
  readonly leases: readonly LeaseFact[];
  readonly heldBack: HeldBackFact | null;
  readonly throttled: ThrottledFact | null;
}

/** Slices that a lane has leased. */
export interface LeaseFact {
  /** The workflow run that started the lane; empty if unknown. */
  readonly runId: string;
  readonly slices: number;
  /** A lane renews its leases every few seconds. */
  readonly renewedAt: string;
  readonly until: string;
}

/** Writing less than possible, for the target's other users. */
export interface HeldBackFact {
  readonly reason: 'commit-latency' | 'replica-lag';
  readonly since: string;
  /** Milliseconds of a commit, or seconds of replica lag. */
  readonly measured: number;
  readonly budget: number;
  /** 0 to 1. */
  readonly share: number;
}

/** The source throttles reads. */
export interface ThrottledFact {
  /** What is read: `the index by_brand of the table messages`. */
  readonly what: string;
  /** The source's own code. */
  readonly code: string;
  readonly since: string;
  readonly times: number;
}

/** What only the kind knows. */
export interface OwnFacts {
  /** `none`: not started. `open`: something is left to do. */
  readonly outcome: 'none' | 'open' | 'done';
  readonly failures: readonly FailureFact[];
  /** Waits of which only the kind knows, such as those for a carrier. */
  readonly waits: readonly OwnWait[];
}

export interface FailureFact {
  /** Null if it is about the whole migration. */
  readonly unit: string | null;
  readonly type: string;
  readonly message: string;
  readonly since: string;
  readonly nextStep: string;
}

export interface OwnWait {
  /** A clause with its verb: `2 numbers wait for the carrier`. */
  readonly what: string;
  readonly reason: 'carrier' | 'catching-up' | 'failed';
  readonly since: string | null;
  readonly nextStep: string;
}

export type TemporalFacts =
  | { readonly answers: false; readonly why: string }
  | {
      readonly answers: true;
      /** Null if Temporal has no workflow of the migration. */
      readonly workflow: WorkflowFact | null;
      /** Running workflows of its units. */
      readonly units: readonly (WorkflowFact & { readonly unit: string })[];
      /** Queues on which its tasks wait. */
      readonly queues: readonly QueueFact[];
      /** Migrations that workers are busy with, most slices first; only asked if something waits for a worker. */
      readonly ahead: readonly string[];
    };

export interface WorkflowFact {
  readonly id: string;
  readonly runId: string;
  /** `running`, or how it ended: `failed`, `terminated`, … */
  readonly status: string;
  readonly closedAt: string | null;
  readonly queue: string;
  /** A workflow task that no worker has taken; since when. */
  readonly untakenSince: string | null;
  readonly activities: readonly ActivityFact[];
}

export interface ActivityFact {
  readonly activity: string;
  /** `waiting`: in its queue. `backing-off`: until `nextTryAt`. */
  readonly state: 'waiting' | 'backing-off' | 'running';
  readonly queue: string;
  /** From 1. */
  readonly attempt: number;
  /** When it began to wait or to run, or last failed. */
  readonly since: string;
  readonly nextTryAt: string | null;
  readonly heartbeatAt: string | null;
  readonly failureType: string | null;
  readonly worker: string | null;
}

export interface QueueFact {
  readonly queue: string;
  readonly type: 'workflow' | 'activity';
  /** When a worker last asked for a task; null if none did within Temporal's memory of five minutes. */
  readonly polledAt: string | null;
  readonly workers: number;
  readonly backlog: number;
  /** Tasks handed out per second. */
  readonly dispatchRate: number;
}
