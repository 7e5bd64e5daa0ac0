import type { ExplainWords, OwnFacts } from '../../domain/engine/explain/facts.js';
import type { Failure } from '../../domain/engine/failures/failures.js';
import type { AuditActor } from '../../gateways/store/migrations/audit.js';
import type { Transaction } from '../../gateways/store/sql/transaction.js';
import type { StartedMember } from '../../gateways/store/waves/steps.js';
import type { FailureText } from '../../domain/engine/failures/failed-things.js';
import type { TSchema } from 'typebox';
import type { CertificateRecord } from '../../gateways/store/proof/certificate-reads.js';
import type { OpenPhase } from '../../gateways/store/work/open-phases.js';
import type { SteeredKind } from './steered-kind.js';

/** The ways to steer one migration, besides a verification. */
export const STEERINGS = ['pause', 'resume', 'cancel', 'retry', 'undo'] as const;
export type SteeringName = (typeof STEERINGS)[number];

/**
 * What the API needs to serve one kind of migration. A migration's `key` identifies it among those of its kind. A kind omits what it does
 * not have; the API then answers 409, or 404 if there is nothing to read.
 */
export interface ApiKind {
  readonly name: string;
  /** What is migrated, as shown to people. */
  readonly title: string;
  /** What a key identifies: `account`. */
  readonly subject: string;
  /** The name of its units, in the plural. */
  readonly units: string;
  /** Of units, in the order in which they run; none where the work is in batches of the kind's own. */
  readonly phases: readonly string[];
  /** The possible statuses of a migration. */
  readonly statuses: readonly string[];
  /** What a status means in totals over all kinds. */
  standing(status: string): Standing;
  /** The stage of the work whose records progress counts; all stages by default. */
  readonly countedStage?: string;
  /** The calls of its own that steer a migration: `finish`. */
  readonly furtherSteerings?: readonly string[];
  /** The schema of `read`'s answer. Its title is its name in the API description. */
  readonly view: TSchema;
  /** Reads everything about one migration. Throws Problem 404; StoreUnavailable. */
  read(key: string): Promise<object>;
  /** Lists migrations, the latest change first. Throws StoreUnavailable. */
  list(filter: ListFilter): Promise<readonly ListedMigration[]>;
  /** Throws Problem 404 for an unknown migration; StoreUnavailable. */
  assertKnown(key: string): Promise<void>;
  readonly steered: SteeredKind;
  readonly failures: FailureSource;
  /** @param since only what has failed since then. Throws StoreUnavailable. */
  report(since: Date | undefined): Promise<KindReport>;
  readonly certificates?: CertificateSource;
  /** A worker can run preflights, also for a migration that is not known here yet. */
  readonly hasPreflight?: boolean;
  /** How its migrations are started, many in a transaction; without it there are no waves of them. */
  readonly starting?: KindStarts;
  /** In which words, and from which facts of its own, it is explained why a migration waits. */
  readonly explained?: ExplainedKind;
  /** Work that is not in the store's phases, by migration. Throws StoreUnavailable. */
  openWork?(): Promise<readonly OpenPhase[]>;
  /** The kind's data about a migration's units, besides their phases. Throws Problem 404; StoreUnavailable. */
  readUnits?(key: string): Promise<readonly KindUnit[]>;
  /** The kind's events of a migration, besides the engine's, newest first. Throws StoreUnavailable. */
  readTimeline?(key: string, filter: TimelineFilter): Promise<readonly TimelineEvent[]>;
}

/** What a migration does: it waits to run, runs, has failed or is done. */
export type Standing = 'waiting' | 'running' | 'failed' | 'done';

export interface KindUnit {
  readonly unit: string;
  readonly name: string;
  /** A status of the kind's own. */
  readonly status: string;
  /** ISO 8601; null while unknown. */
  readonly since: string | null;
  readonly parts: readonly UnitPart[];
}

/** A part of a unit with a status of its own, such as a channel. */
export interface UnitPart {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly status: string;
  readonly since: string | null;
}

export const TIMELINE_TYPES = ['status', 'steering', 'failure', 'port', 'verification', 'following'] as const;

export interface TimelineEvent {
  /** ISO 8601, UTC, to the microsecond. */
  readonly at: string;
  /** Orders events of the same moment, and is unique in the timeline. */
  readonly id: string;
  readonly type: (typeof TIMELINE_TYPES)[number];
  readonly what: string;
  readonly by: string | null;
  readonly unit: string | null;
  readonly detail: string | null;
}

export interface TimelineFilter {
  /** Only what was earlier than this. */
  readonly before?: Pick<TimelineEvent, 'at' | 'id'> | undefined;
  readonly limit: number;
}
/** A migration that is to be started. */
export interface PreparedStart {
  readonly key: string;
  /** Why it cannot be. */
  readonly refused?: Failure | undefined;
  /** Nothing is known of it here, so only the wave can record why. */
  readonly isUnknown?: boolean;
}

export interface KindStarts {
  /** Whether a text can be a key. */
  isKey(text: string): boolean;
  /** Reads what a start needs from the source, outside of a transaction. Throws CarryoverError if the source does not answer now. */
  prepare(key: string): Promise<PreparedStart>;
  /** Starts migrations in the caller's transaction, with audit entries and messages to workflows. Leaves out those that others have locked. */
  begin(
    tx: Transaction,
    starts: readonly PreparedStart[],
    actor: AuditActor,
  ): Promise<readonly StartedMember[]>;
}

/** What a kind adds to the explanation of what its migrations wait for. */
export interface ExplainedKind {
  readonly words: ExplainWords;
  /** Throws Problem 404 for an unknown migration; StoreUnavailable. */
  read(key: string, status: string): Promise<OwnFacts>;
}

export interface ListFilter {
  readonly status?: string | undefined;
  /** A part of the key or the name, in upper or lower case. */
  readonly q?: string | undefined;
  /** Only this one. */
  readonly key?: string | undefined;
  readonly after?: ListPosition | undefined;
  readonly limit: number;
}

export interface ListPosition {
  /** ISO 8601, UTC, to the microsecond. */
  readonly changedAt: string;
  readonly key: string;
}

export interface ListedMigration extends ListPosition {
  readonly name: string;
  readonly status: string;
  readonly phase: string;
  /** `planned` is the estimated total of `done`. */
  readonly progress: { readonly done: number; readonly planned: number };
  readonly paused: { readonly by: string; readonly since: string } | null;
  /** Whether `failures` lists anything. */
  readonly needsAttention: boolean;
}

export interface FailureSource {
  /** The sorts of failures, in the order of `list`. */
  readonly kinds: readonly string[];
  /** Whether the position has a valid form. */
  isPosition(position: FailurePosition): boolean;
  list(filter: FailureFilter): Promise<readonly ListedFailure[]>;
}

export interface FailurePosition {
  readonly kind: string;
  readonly id: string;
}

export interface FailureFilter {
  /** One of the source's kinds. */
  readonly kind?: string | undefined;
  readonly key?: string | undefined;
  readonly after?: FailurePosition | undefined;
  readonly limit: number;
}

export interface ListedFailure extends FailurePosition, FailureText {
  readonly key: string;
  /** Empty if it is about the whole migration. */
  readonly unit: string;
}

export interface KindReport {
  readonly at: string;
  readonly since: string | null;
  /** The number of failures of each sort. */
  readonly counts: Readonly<Record<string, number>>;
  /** The number of waived records. */
  readonly waived: number;
  /** The first of each sort. */
  readonly entries: readonly (Omit<ListedFailure, 'id'> & { readonly count: number })[];
}

export interface CertificateSource {
  /** The schema of the file. Its title is its name in the API description. */
  readonly file: TSchema;
  /** Reads the latest certificate, or the one with this hash. Throws StoreUnavailable. */
  read(key: string, sha256?: string): Promise<CertificateRecord | undefined>;
}
