/** What the progress display shows of a migration; `progressOf` derives it from the API's answer. */

export interface ProgressModel {
  readonly accountId: string;
  readonly name: string;
  readonly status: string;
  /** Shown beside the status: who paused it, its rate, the time left. */
  readonly notes: readonly string[];
  /** Why writing is throttled; null while it is not. */
  readonly heldBack: HeldBackNote | null;
  /** What has failed and is retried without further action. */
  readonly retries: readonly RetryNote[];
  /** What has failed for good, each with its brand and the next step. */
  readonly failures: readonly string[];
  readonly brands: readonly BrandProgress[];
  readonly ports: readonly PortProgress[];
  readonly attachments: AttachmentsProgress;
  readonly quarantined: { readonly threads: number; readonly messages: number; readonly waived: number };
  /** What has changed at the source; null while it is not followed. */
  readonly following: FollowingProgress | null;
}

export interface FollowingProgress {
  readonly by: 'stream' | 'poll';
  /** Messages and threads. */
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** Null if it is unknown, and once following has ended. */
  readonly secondsBehind: number | null;
  readonly state: 'following' | 'finishing' | 'ended';
}

export interface RetryNote {
  /** The note is printed again when this changes, and not with every attempt. */
  readonly reason: string;
  readonly text: string;
}

export interface HeldBackNote {
  readonly reason: string;
  readonly text: string;
}

export interface BrandProgress {
  readonly id: string;
  readonly name: string;
  readonly phases: readonly PhaseProgress[];
}

export interface PhaseProgress {
  readonly phase: string;
  readonly state: PhaseState;
  /** Messages. */
  readonly done: number;
  /** Null while it is unknown. */
  readonly planned: Planned | null;
  readonly perSecond: number | null;
  readonly secondsLeft: Range | null;
}

/** `checking`: everything is read, and is now compared. */
export type PhaseState = 'waiting' | 'running' | 'checking' | 'done' | 'failed';

/** `low` and `high` are equal once the value is known. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface Planned extends Range {
  /** The best guess, from `low` to `high`. */
  readonly about: number;
}

export interface AttachmentsProgress {
  readonly stored: number;
  readonly failed: number;
  readonly waiting: number;
  readonly planned: Planned | null;
  readonly perSecond: number | null;
  readonly secondsLeft: Range | null;
}

export interface PortProgress {
  readonly phoneNumber: string;
  readonly status: string;
  readonly reason: string | null;
}
