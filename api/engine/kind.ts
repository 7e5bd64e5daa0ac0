import type { TSchema } from 'typebox';
import type { CertificateRecord } from '../../gateways/store/proof/certificate-reads.js';
import type { SteeredKind } from './steered-kind.js';

/** What may be asked for of one migration, beside a verification. */
export const STEERINGS = ['pause', 'resume', 'cancel', 'retry', 'undo'] as const;
export type SteeringName = (typeof STEERINGS)[number];

/**
 * What the API needs to serve one kind of migration. A migration's `key` names it among those of its kind. A kind leaves out what it
 * does not have: the API then answers 409, or 404 where there is nothing to read.
 */
export interface ApiKind {
  readonly name: string;
  /** For people: what is migrated. */
  readonly title: string;
  /** What a key names: `account`. */
  readonly subject: string;
  /** What its units are called, in the plural. */
  readonly units: string;
  /** In the order in which they run. */
  readonly phases: readonly string[];
  /** The words that a migration's status may be. */
  readonly statuses: readonly string[];
  /** Schema of what `read` answers. Its title names it in the API description. */
  readonly view: TSchema;
  /** Everything about one migration. Throws Problem 404; StoreUnavailable. */
  read(key: string): Promise<object>;
  /** Newest change first. Throws StoreUnavailable. */
  list(filter: ListFilter): Promise<readonly ListedMigration[]>;
  /** Throws Problem 404 for a migration that is not there; StoreUnavailable. */
  assertKnown(key: string): Promise<void>;
  readonly steered: SteeredKind;
  readonly failures: FailureSource;
  /** `since`: only what has failed since then. Throws StoreUnavailable. */
  report(since: Date | undefined): Promise<KindReport>;
  readonly certificates?: CertificateSource;
}

export interface ListFilter {
  readonly status?: string | undefined;
  /** Part of the key or of the name, in any case. */
  readonly q?: string | undefined;
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
  /** Of what is counted: `planned` is about how many there are. */
  readonly progress: { readonly done: number; readonly planned: number };
  readonly paused: { readonly by: string; readonly since: string } | null;
  /** Something has failed that `failures` lists. */
  readonly needsAttention: boolean;
}

export interface FailureSource {
  /** What can fail, in the order in which `list` answers. */
  readonly kinds: readonly string[];
  /** Whether a list has such a place. */
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

export interface ListedFailure extends FailurePosition {
  readonly key: string;
  /** Empty where it is about the whole migration. */
  readonly unit: string;
  readonly what: string;
  readonly since: string;
  readonly times: number;
  readonly message: string;
  readonly next_step: string;
  /** Of the command line. */
  readonly command: string;
}

export interface KindReport {
  readonly at: string;
  readonly since: string | null;
  /** By what failed. */
  readonly counts: Readonly<Record<string, number>>;
  /** Records that somebody decided to leave out. */
  readonly waived: number;
  /** The first of each. */
  readonly entries: readonly (Omit<ListedFailure, 'id'> & { readonly count: number })[];
}

export interface CertificateSource {
  /** Schema of the file; its title names it in the API description. */
  readonly file: TSchema;
  /** The latest, or the one with this hash. Throws StoreUnavailable. */
  read(key: string, sha256?: string): Promise<CertificateRecord | undefined>;
}
