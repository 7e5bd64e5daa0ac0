/**
 * What the workflows may ask for. Inputs and results stay in workflow histories, so they hold ids, counts, words and the names of accounts
 * and brands only: never a message, the name of a person or a channel, or a phone number. Every activity may be run again at any moment,
 * after or while an earlier attempt ran: the second does what is missing and answers the same.
 */

import type { Failure } from '../../domain/engine/failures.js';
import type { Phase } from '../../domain/conversations/phases.js';
import type { PortingState } from '../../domain/conversations/porting.js';
import type { BrandStatus } from '../../domain/conversations/statuses.js';

export interface AccountInput {
  readonly accountId: string;
}

export interface BrandInput extends AccountInput {
  readonly brandId: string;
}

export interface PhaseInput extends BrandInput {
  readonly phase: Phase;
}

export interface ChannelInput extends AccountInput {
  /** The channel that leads the port: the first that was made with the number. */
  readonly channelId: string;
}

export interface Preparation {
  /** As `displayName` gives it. */
  readonly accountName?: string | undefined;
  /** In the payload's order, with the status that each has as the start begins. None has a name if there are more than REPORTED_UNITS. */
  readonly brands: readonly PreparedBrand[];
  /** Set while an operator has paused the migration: a new run begins paused. */
  readonly paused: boolean;
  /** The account's app has asked within the last two minutes how far the migration is. */
  readonly awaited: boolean;
}

export interface PreparedBrand {
  readonly brandId: string;
  readonly name?: string | undefined;
  readonly status: BrandStatus;
}

export interface Provision {
  /**
   * Channels whose number this brand must have ported: those that lead, and whose port has not ended. The first hundred: Temporal
   * keeps no result of any length, and `startPorts` knows them all.
   */
  readonly portingChannelIds: readonly string[];
  /** What could not be made, at most a hundred; when there is any, the brand's status is `channel-failure` already. */
  readonly failures: readonly Failure[];
}

export interface ImportProgress {
  /** Every slice of the phase is done. */
  readonly finished: boolean;
  /** Ended within a batch because the store says that the migration is paused or cancelled. */
  readonly halted: boolean;
  /** How many lanes (this activity, side by side) the rest is worth; 1 for little. */
  readonly lanes: number;
  /** Records read so far in this phase, by all lanes. */
  readonly threads: number;
  readonly messages: number;
  readonly quarantined: number;
  /** As in Preparation; false where nothing is left that could go first. */
  readonly awaited: boolean;
  /** The phase was small and is complete: nothing of it is left to be done. */
  readonly completed?: PhaseSummary;
}

export interface PhaseSummary {
  readonly messages: number;
  readonly threads: number;
  readonly quarantined: number;
  /** Attachments of the brand that are still to be fetched. */
  readonly attachmentsToFetch: number;
}

export interface AttachmentProgress {
  readonly stored: number;
  readonly failed: number;
  /** To be fetched now or after a later try. */
  readonly left: number;
}

/** Task queue `calls`: seconds. */
export interface CallActivities {
  /**
   * Takes the migration payload, creates or updates the account and its brands, fixes the boundary of 'recent' at the first
   * start, sets what will be worked on to `migrating`. Throws AccountUnknown, AccountClosed, PayloadImpossible (final).
   */
  prepareAccount(input: AccountInput): Promise<Preparation>;
  /** Creates or updates the brand's channels. A channel that cannot be made is told in the result, not thrown. */
  provisionBrand(input: BrandInput): Promise<Provision>;
  /** Starts the workflows that follow the brand's open ports, or finds them running. */
  startPorts(input: BrandInput): Promise<void>;
  /** Writes the failed status that goes with the phase, and why. */
  recordBrandFailure(
    input: BrandInput & { readonly phase: 'channels' | Phase; readonly failure: Failure },
  ): Promise<void>;
  /** The account as a whole cannot be migrated: `brand-failure`, and why. */
  recordAccountFailure(input: AccountInput & { readonly failure: Failure }): Promise<void>;
  /** What is done stays; brands without their recent messages are `pending` again. */
  recordCancellation(input: AccountInput & { readonly by: string }): Promise<void>;
  /**
   * Orders the port unless an order is there; else asks the carrier how the order stands, and records it. Answers how the port has
   * ended; a refusal for good is the state `refused`. Until then each try ends as `PortOpen`, which says after how long the next is
   * due: the worker's PORTING_POLL_SECONDS, then twice as long each time, up to a day.
   */
  followPort(input: ChannelInput): Promise<PortingState>;
}

/** Task queue `imports`: minutes, with heartbeats. */
export interface ImportActivities {
  /**
   * Works on the phase's slices until all are done or about two minutes are over; plans them if nobody has. Several may run
   * side by side, on several workers. Ends early when it finds that more lanes are worth it.
   */
  importSlices(input: PhaseInput): Promise<ImportProgress>;
  /**
   * Settles the brand's threads (counts, times), takes quarantined copies away whose message was taken from another
   * key, compares what the source gave with what the store holds, and sets the status that follows. Throws CheckUnequal (final).
   */
  completePhase(input: PhaseInput): Promise<PhaseSummary>;
  /** Fetches attachments of the brand for about two minutes, newest messages first; failures are kept on the row. */
  fetchAttachments(input: BrandInput): Promise<AttachmentProgress>;
}

export type ConversationsActivities = CallActivities & ImportActivities;
