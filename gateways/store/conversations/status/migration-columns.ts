import type { SourceChannel } from '../../../../domain/conversations/source-channel.js';
import type { DumpLocation } from '../../../../domain/conversations/dump.js';
import type { RecordedFailure } from '../../../../domain/engine/failures.js';
import {
  ACCOUNT_STATUSES,
  BRAND_STATUSES,
  CHANNEL_STATUSES,
} from '../../../../domain/conversations/statuses.js';
import type { AccountStatus, BrandStatus, ChannelStatus } from '../../../../domain/conversations/statuses.js';

/** What the `migration` columns hold. Only the status writer writes them; a column without a word reads as `none`. */

/** What was asked of the migration stands in the row of `carryover.migrations`. */
export interface AccountMigration {
  readonly status: AccountStatus;
  /** Messages with `message_key >= recentSince` are recent. Fixed once, ISO 8601 with milliseconds, UTC. */
  readonly recentSince?: string;
  /** In which national phone numbers are read. */
  readonly region?: string;
  /** Where the messages lie when they are not in Conversations' tables; the latest payload's word. */
  readonly dump?: DumpLocation;
  /** The account itself cannot be migrated. */
  readonly failure?: RecordedFailure;
  /** The failure before the start that is under way, until a payload was taken. */
  readonly lastFailure?: RecordedFailure;
  /** Brands of the payload that are another account's here, by brand id: they have no row of this account's. */
  readonly foreignBrands?: Readonly<Record<string, RecordedFailure>>;
  /** The same before the start that is under way, until a payload was taken. */
  readonly lastForeignBrands?: Readonly<Record<string, RecordedFailure>>;
}

/** What a brand can fail at; each has its own kind of failure in lists and reports. */
export type BrandFailureKind = 'brand' | 'recent-messages' | 'remaining-messages';

export interface BrandMigration {
  readonly status: BrandStatus;
  /** Its place in the payload. */
  readonly position?: number;
  /** The payload names it no longer: it counts for nothing until it is named again. */
  readonly withdrawn?: boolean;
  /** What its channels are to become. Gone after a failure, so that the next try asks Conversations for what was corrected. */
  readonly source?: BrandSource;
  readonly failure?: RecordedFailure;
  readonly lastFailure?: RecordedFailure;
  /** What it failed at and has not got past since, however often it was started again meanwhile. */
  readonly unresolved?: Partial<Readonly<Record<BrandFailureKind, RecordedFailure>>>;
  /** Ports of its channels that failed, by channel id: for operators, no status follows from them. */
  readonly failedPorts?: Readonly<Record<string, RecordedFailure>>;
}

/** Kept from preparation, so that one call to Conversations serves all brands of a start, from one state of the payload. */
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
