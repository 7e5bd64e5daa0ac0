/**
 * The activities that only conversations have. The rules of `activities/engine/types.ts` apply. Names of channels stay out of histories, as names of
 * people do.
 */

import type { Failure } from '../../domain/engine/failures/failures.js';
import type { Preflight } from '../../domain/engine/preflight.js';
import type { PortingState } from '../../domain/conversations/porting.js';

export interface AccountInput {
  readonly accountId: string;
}

export interface BrandInput extends AccountInput {
  readonly brandId: string;
}

export interface ChannelInput extends AccountInput {
  /** The channel that leads the port: the first one created with the number. */
  readonly channelId: string;
}

export interface Provision {
  /**
   * Channels whose numbers this brand must port: those that lead, and whose port is open. Only the first hundred, to keep the result small;
   * `startPorts` finds them all.
   */
  readonly portingChannelIds: readonly string[];
  /** Why channels could not be created, at most a hundred failures. If there are any, the brand's status is already `channel-failure`. */
  readonly failures: readonly Failure[];
}

export interface AttachmentProgress {
  readonly stored: number;
  readonly failed: number;
  /** To fetch now or after a later retry. */
  readonly left: number;
}

/** Task queue `calls`: each takes seconds. */
export interface CallActivities {
  /** Creates or updates the brand's channels. Reports a channel that cannot be created in the result instead of throwing. */
  provisionBrand(input: BrandInput): Promise<Provision>;
  /** Starts the workflows that follow the brand's open ports; idempotent. */
  startPorts(input: BrandInput): Promise<void>;
  /**
   * Orders the port if there is no order yet; otherwise asks the carrier for the order's status. Records the answer. Returns how the port ended; a
   * final refusal is the state `refused`. While the port is open each attempt fails with `PortOpen`, which sets the delay of the next:
   * PORTING_POLL_SECONDS, then twice as long each time, up to a day.
   */
  followPort(input: ChannelInput): Promise<PortingState>;
}

/** Task queue `imports`: each takes minutes and sends heartbeats. */
export interface ImportActivities {
  /** Fetches attachments of the brand for about two minutes, newest messages first; failures are recorded in the rows. */
  fetchAttachments(input: BrandInput): Promise<AttachmentProgress>;
}

export interface FollowInput {
  readonly table: 'threads' | 'messages';
}

/** Task queue `following`: each takes ten minutes and sends a heartbeat each minute. */
export interface FollowActivities {
  /**
   * Follows the stream of a source table and applies the changes of followed accounts. `followed` is false once no account is followed. A second call
   * waits until the first one has ended.
   */
  followTable(input: FollowInput): Promise<{ readonly followed: boolean }>;
  /**
   * Polls the source for new records of the accounts that no stream serves, and applies them. `followed` is false once there is no such account.
   * Concurrent calls repeat the same work.
   */
  pollSource(): Promise<{ readonly followed: boolean }>;
}

/** Task queue `calls`: a person waits for the answer. */
export interface PreflightActivities {
  /** Finds out what a start would do, for at most some twenty seconds. Writes nothing. */
  preflight(input: AccountInput): Promise<Preflight>;
}

export type ConversationsActivities = CallActivities & ImportActivities;
