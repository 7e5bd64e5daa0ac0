import type { SourceChannel } from '../../../../domain/conversations/source-channel.js';
import type { DumpLocation } from '../../../../domain/conversations/dump.js';
import type { RecordedFailure } from '../../../../domain/engine/failures/failures.js';
import {
  ACCOUNT_STATUSES,
  BRAND_STATUSES,
  CHANNEL_STATUSES,
} from '../../../../domain/conversations/statuses.js';
import type { AccountStatus, BrandStatus, ChannelStatus } from '../../../../domain/conversations/statuses.js';

/** The contents of the `migration` columns. Only the status writer writes them; a column without a valid status reads as `none`. */

/** The requested state of the migration is in the row of `carryover.migrations`. */
export interface AccountMigration {
  readonly status: AccountStatus;
  /** Messages with `message_key >= recentSince` are recent. Fixed once; ISO 8601 with milliseconds, UTC. */
  readonly recentSince?: string;
  /** The region for national phone numbers. */
  readonly region?: string;
  /** The location of the messages if they are not in Conversations' tables, from the latest payload. */
  readonly dump?: DumpLocation;
  /** Why the account itself cannot be migrated. */
  readonly failure?: RecordedFailure;
  /** `failure` was found when a start was refused, so it is newer than anything that the latest run finds. */
  readonly startRefused?: true;
  /** The failure before the current start, until a payload is taken. */
  readonly lastFailure?: RecordedFailure;
  /** Brands of the payload that belong to another account here, by brand id. They have no row of this account. */
  readonly foreignBrands?: Readonly<Record<string, RecordedFailure>>;
  /** The same before the current start, until a payload is taken. */
  readonly lastForeignBrands?: Readonly<Record<string, RecordedFailure>>;
}

/** The steps at which a brand can fail. Each is a kind of failure in lists and reports. */
export type BrandFailureKind = 'brand' | 'recent-messages' | 'remaining-messages';

export interface BrandMigration {
  readonly status: BrandStatus;
  /** Its position in the payload. */
  readonly position?: number;
  /** The payload no longer names it: it is ignored until it is named again. */
  readonly withdrawn?: boolean;
  /** The channels to create. Removed after a failure, so that the next try reads corrections from Conversations. */
  readonly source?: BrandSource;
  readonly failure?: RecordedFailure;
  readonly lastFailure?: RecordedFailure;
  /** The steps that failed and have not been completed since, even if it was started again meanwhile. */
  readonly unresolved?: Partial<Readonly<Record<BrandFailureKind, RecordedFailure>>>;
  /** Failed ports of its channels, by channel id. For operators only: no status follows from them. */
  readonly failedPorts?: Readonly<Record<string, RecordedFailure>>;
}

/** Stored by the preparation, so that one call to Conversations serves all brands of a start with one state of the payload. */
export interface BrandSource {
  readonly channels: readonly SourceChannel[];
}

export interface ChannelMigration {
  readonly status: ChannelStatus;
  readonly position?: number;
  readonly withdrawn?: boolean;
  /** Its number is to be ported. */
  readonly port?: boolean;
  readonly failure?: RecordedFailure;
  readonly lastFailure?: RecordedFailure;
}

export function readAccountMigration(column: unknown): AccountMigration | undefined {
  const fields = members(column);
  return fields && { ...fields, status: wordOf(fields['status'], ACCOUNT_STATUSES) };
}

export function readBrandMigration(column: unknown): BrandMigration | undefined {
  const fields = members(column);
  return fields && { ...fields, status: wordOf(fields['status'], BRAND_STATUSES) };
}

export function readChannelMigration(column: unknown): ChannelMigration | undefined {
  const fields = members(column);
  return fields && { ...fields, status: wordOf(fields['status'], CHANNEL_STATUSES) };
}

function members(column: unknown): Record<string, unknown> | undefined {
  return typeof column === 'object' && column !== null && !Array.isArray(column) ? { ...column } : undefined;
}

function wordOf<Word extends string>(status: unknown, words: readonly Word[]): Word | 'none' {
  return words.find((word) => word === status) ?? 'none';
}
