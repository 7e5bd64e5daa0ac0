/** What the progress display shows of a migration; `progressOf` makes it of what the API answers. */

export interface ProgressModel {
  readonly accountId: string;
  readonly name: string;
  readonly status: string;
  /** Told beside the status: paused by whom, how fast, how long still. */
  readonly notes: readonly string[];
  /** Why less is written than could be; null while nothing is held back. */
  readonly heldBack: HeldBackNote | null;
  /** What has failed and is tried again without further action. */
  readonly retries: readonly RetryNote[];
  /** What has failed, of which brand, and what to do next. */
  readonly failures: readonly string[];
  readonly brands: readonly BrandProgress[];
  readonly ports: readonly PortProgress[];
  readonly attachments: AttachmentsProgress;
  readonly quarantined: { readonly threads: number; readonly messages: number; readonly waived: number };
}

export interface RetryNote {
  /** Told again when this changes: not with every attempt. */
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
  /** Null while nobody knows. */
  readonly planned: Planned | null;
  readonly perSecond: number | null;
  readonly secondsLeft: Range | null;
}

/** `checking`: everything is read. */
export type PhaseState = 'waiting' | 'running' | 'checking' | 'done' | 'failed';

/** From the least to the most; both are the same where it is known. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface Planned extends Range {
  /** In between. */
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
