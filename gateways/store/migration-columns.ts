import type { RecordedFailure } from '../../domain/failures.js';
import { ACCOUNT_STATUSES, BRAND_STATUSES, CHANNEL_STATUSES } from '../../domain/statuses.js';
import type { AccountStatus, BrandStatus, ChannelStatus } from '../../domain/statuses.js';

/** What the `migration` columns hold. Only the status writer writes them; a column without a word reads as `none`. */

/** Who did something to a migration, and since when it holds (ISO 8601). */
export interface Steered {
  readonly by: string;
  readonly since: string;
}

export interface AccountMigration {
  readonly status: AccountStatus;
  /** A start was asked for and nothing has taken it back. */
  readonly started?: boolean;
  /** The first start; what `recentSince` is counted from. */
  readonly startedAt?: string;
  /** The latest start, and who asked for it. */
  readonly restartedAt?: string;
  readonly startedBy?: string;
  /** Messages with `message_key >= recentSince` are recent. Fixed once, ISO 8601 with milliseconds, UTC. */
  readonly recentSince?: string;
  /** In which national phone numbers are read. */
  readonly region?: string;
  readonly paused?: Steered;
  readonly cancelled?: Steered;
  /** The account itself cannot be migrated. */
  readonly failure?: RecordedFailure;
  /** The failure before the start that is under way. */
  readonly lastFailure?: RecordedFailure;
}

export interface BrandMigration {
  readonly status: BrandStatus;
  /** Its place in the payload. */
  readonly position?: number;
  /** The payload names it no longer: it counts for nothing until it is named again. */
  readonly withdrawn?: boolean;
  /** Where its messages are, and what its channels are to become: the payload's words as the latest start found them. */
  readonly source?: BrandSource;
  readonly failure?: RecordedFailure;
  readonly lastFailure?: RecordedFailure;
  /** Ports of its channels that failed, by channel id: for operators, no status follows from them. */
  readonly failedPorts?: Readonly<Record<string, RecordedFailure>>;
}

export interface BrandSource {
  readonly channels: readonly SourceChannel[];
}

/** A channel as the payload has it, made storable and otherwise unjudged. */
export interface SourceChannel {
  readonly channelId: string;
  /** Null where the payload has no text in this place. */
  readonly type: string | null;
  readonly name: string | null;
  readonly phoneNumber: string | null;
  readonly port: boolean;
  /** What no channel can be made of: in words, without contents. */
  readonly mistakes: readonly string[];
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
