/** Workflow inputs, signals and queries by name and type, so that whoever sends or reads them need not import a workflow. */

import type { BusinessNames } from './business-names.js';
import type { Failure, FailureType } from './failures.js';
import type { PortingState } from '../conversations/porting.js';

export interface Steering {
  /** Who, by the token's `sub`. */
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

export const SIGNALS = {
  /** To the migration: begin, or, while it runs, try again what has failed. */
  start: 'start',
  /** To the migration, which passes them on to its brands. */
  pause: 'pause',
  resume: 'resume',
  /** Says who cancels. Temporal's own cancellation should follow it, so that the run is shown as cancelled and not as failed. */
  cancel: 'cancel',
  /** From a brand that does both parts in one run, to its migration: the first is done. */
  partDone: 'part-done',
  /** To a brand's run of an earlier migration: another waits for its end. It need not be handled: only a run that has ended refuses it. */
  succeeded: 'succeeded',
  /** To a number porting: the carrier has called back, and with that the port has ended. The store knows already. */
  portingNews: 'porting-news',
  /** To a number porting: an operator wants a port that has failed ordered again; the store says under which key. */
  orderAgain: 'order-again',
  /** From an activity that has failed some times and is tried again, to its workflow: for the details alone. */
  retrying: 'retrying',
} as const;

export const QUERIES = {
  progress: 'progress',
} as const;

/** What workflows can be found by. Ids only: unlike summaries and details, search attributes are never encrypted. */
export const SEARCH_ATTRIBUTES = {
  account: 'AccountId',
  brand: 'BrandId',
  phase: 'Phase',
  paused: 'Paused',
} as const;

/** As `temporal operator search-attribute create --type` takes them. */
export const SEARCH_ATTRIBUTE_TYPES = {
  AccountId: 'Keyword',
  BrandId: 'Keyword',
  Phase: 'Keyword',
  Paused: 'Bool',
} as const satisfies Record<(typeof SEARCH_ATTRIBUTES)[keyof typeof SEARCH_ATTRIBUTES], string>;

/** As a search attribute holds an id: Temporal's databases take 255 characters. */
export function searchable(id: string): string {
  return id.length <= SEARCHABLE_LENGTH ? id : id.slice(0, SEARCHABLE_LENGTH).toWellFormed();
}
const SEARCHABLE_LENGTH = 255;

export const PARTS = ['recent', 'remaining'] as const;
export type Part = (typeof PARTS)[number];

/** The values of the search attribute `Phase`, for each type of workflow. */
export type MigrationPhase = 'preparing' | Part | 'done' | 'failed' | 'cancelled';
export type BrandPhase = Part | 'attachments';
export type PortingPhase = 'porting';

export type StartSignal = Steering;
export type PauseSignal = Steering;
export type ResumeSignal = Steering;
export type CancelSignal = Steering;
export type PortingNewsSignal = PortingState;

export interface RetryingSignal {
  readonly activity: string;
  readonly type: string;
  readonly message: string;
  /** The one that failed. */
  readonly attempt: number;
  /** ISO 8601. */
  readonly nextTryAt: string;
}

export interface PartDoneSignal {
  readonly brandId: string;
  readonly part: Part;
}

export interface MigrationInput {
  readonly accountId: string;
  /** What a run that continues as new hands to the next; it has no brand under way. */
  readonly carried?: MigrationCarried;
}

/** An account with more brands than this reports some of them only; its plan keeps neither their names nor their counts. */
export const TOLD_BRANDS = 500;

export interface MigrationCarried {
  readonly accountName?: string;
  /** By id, in the payload's order; none where there are `many`. */
  readonly brands: readonly (readonly [string, CarriedBrand])[];
  readonly many?: ManyBrands;
  readonly paused?: Steering;
  readonly awaited?: boolean;
  /** Milliseconds, workflow time: what has failed up to this moment is to be tried again. */
  readonly retryUpTo: number;
  readonly accountFailure?: Failure & { readonly since: number };
}

/** So many brands that of each only this is carried. Ids, in the payload's order. */
export interface ManyBrands {
  /** Waiting for their recent messages. */
  readonly recent: readonly string[];
  /** Waiting for their remaining messages alone. */
  readonly remaining: readonly string[];
  /** With the part at which each has failed, and since when. */
  readonly failed: readonly (readonly [string, Part, FailureType, number])[];
  readonly done: readonly string[];
}

export interface CarriedBrand {
  readonly name?: string | undefined;
  readonly state: MigrationBrandProgress['state'];
  readonly parts: readonly Part[];
  readonly counts: BrandCounts;
  readonly attachmentsToFetch?: number | undefined;
  readonly failure?: BrandFailure | undefined;
}

export interface BrandFailure {
  readonly type: FailureType;
  /** A start that comes at or after this moment (milliseconds, workflow time) means 'try again'. */
  readonly since: number;
}

/** The type of the failure with which a migration ends some of whose brands have failed; its details are `{ brands: { id: failure type } }`. */
export const BRANDS_FAILED = 'BrandsFailed';

/** The type of the failure with which a migration ends that was cancelled by the signal alone. */
export const CANCELLED = 'MigrationCancelled';

export interface BrandMigrationInput {
  readonly accountId: string;
  readonly brandId: string;
  /** One after the other, in this order; an account of one brand does both in one run. */
  readonly parts: readonly Part[];
  /** For the details, which people read. */
  readonly names?: BusinessNames;
  /** The account's app waits for the recent messages. */
  readonly awaited?: boolean;
  /** The migration was paused as the run was started. */
  readonly paused?: Steering;
  /** How many attachments are known to be waiting; left out when nobody has looked. */
  readonly attachmentsToFetch?: number;
  /** What a run that continues as new hands to the next. */
  readonly carried?: BrandCarried;
}

export interface BrandCarried {
  /** The channels are made and their ports are under way. */
  readonly provisioned: boolean;
  readonly counts: BrandCounts;
  /** The run was started to bring all of the brand's messages, not the recent ones alone. */
  readonly isWhole: boolean;
}

/** What was read for the part; once that is checked, what the brand holds, the parts before it included. */
export interface PartCounts {
  readonly threads: number;
  readonly messages: number;
  readonly quarantined: number;
  /** Everything is imported, and what the store holds equals what the source gave. */
  readonly checked: boolean;
}

export type BrandCounts = { readonly [part in Part]?: PartCounts };

export interface BrandOutcome {
  readonly counts: BrandCounts;
  /** Still to be fetched, as far as the run knows. */
  readonly attachmentsToFetch: number;
}

export interface NumberPortingInput {
  readonly accountId: string;
  readonly channelId: string;
}

export interface MigrationProgress {
  /** Left out before the account is prepared. */
  readonly accountName?: string;
  readonly phase: MigrationPhase;
  readonly paused?: Steering;
  readonly cancelledBy?: string;
  readonly retrying?: readonly RetryingSignal[];
  /** At most TOLD_BRANDS: those that run or have failed first, those that are done last. */
  readonly brands: { readonly [brandId: string]: MigrationBrandProgress };
  /** How many brands are in each state, of all. */
  readonly states: { readonly [state in MigrationBrandProgress['state']]: number };
}

export interface MigrationBrandProgress {
  readonly name?: string;
  readonly state: 'waiting' | 'running' | 'failed' | 'done';
  /** What is still to be done, the one under way first. */
  readonly parts: readonly Part[];
  readonly counts: BrandCounts;
  readonly failure?: FailureType;
}

export interface BrandProgress {
  readonly names?: BusinessNames;
  readonly doing: 'channels' | BrandPhase | 'done';
  readonly paused?: Steering;
  readonly retrying?: readonly RetryingSignal[];
  readonly counts: BrandCounts;
  readonly attachments: AttachmentCounts;
}

export interface AttachmentCounts {
  /** Left out while nobody has looked. */
  readonly left?: number;
  /** Why fetching has been given up for this run. */
  readonly trouble?: FailureType;
}

export interface PortingProgress {
  /** Left out while the port is under way: how it stands then is in the store. */
  readonly ended?: PortingState;
}
