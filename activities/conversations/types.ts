/**
 * The activities of the conversations workflows. Inputs and results stay in workflow histories, so they hold only ids, counts, words and the names of
 * accounts and brands: never a message, the name of a person or a channel, or a phone number. Every activity may run again at any moment, after or
 * beside an earlier attempt: the second call does what is missing and returns the same.
 */

import type { Failure } from '../../domain/engine/failures/failures.js';
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
  /** The channel that leads the port: the first one created with the number. */
  readonly channelId: string;
}

export interface Preparation {
  /** As `displayName` returns it. */
  readonly accountName?: string | undefined;
  /** In the payload's order, with each brand's status when the start begins. Names are omitted above REPORTED_UNITS brands. */
  readonly brands: readonly PreparedBrand[];
  /** An operator has paused the migration: a new run begins paused. */
  readonly paused: boolean;
  /** The account's app has polled the status within the last two minutes. */
  readonly awaited: boolean;
}

export interface PreparedBrand {
  readonly brandId: string;
  readonly name?: string | undefined;
  readonly status: BrandStatus;
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

export interface ImportProgress {
  /** Every slice of the phase is done. */
  readonly finished: boolean;
  /** Ended within a batch because the store says that the migration is paused or cancelled. */
  readonly halted: boolean;
  /** How many lanes (concurrent calls of this activity) suit the rest; 1 for little. */
  readonly lanes: number;
  /** Records read so far in this phase, by all lanes. */
  readonly threads: number;
  readonly messages: number;
  readonly quarantined: number;
  /** As in Preparation; false when nothing is left to prioritize. */
  readonly awaited: boolean;
  /** Set when the phase was small and this call completed it. */
  readonly completed?: PhaseSummary;
}

export interface PhaseSummary {
  readonly messages: number;
  readonly threads: number;
  readonly quarantined: number;
  /** Attachments of the brand still to fetch. */
  readonly attachmentsToFetch: number;
}

export interface AttachmentProgress {
  readonly stored: number;
  readonly failed: number;
  /** To fetch now or after a later retry. */
  readonly left: number;
}

/** Task queue `calls`: each takes seconds. */
export interface CallActivities {
  /**
   * Reads the migration payload, creates or updates the account and its brands, fixes the boundary of `recent` at the first start, and sets what will
   * be migrated to `migrating`. Throws AccountUnknown, AccountClosed, PayloadImpossible (final).
   */
  prepareAccount(input: AccountInput): Promise<Preparation>;
  /** Creates or updates the brand's channels. Reports a channel that cannot be created in the result instead of throwing. */
  provisionBrand(input: BrandInput): Promise<Provision>;
  /** Starts the workflows that follow the brand's open ports; idempotent. */
  startPorts(input: BrandInput): Promise<void>;
  /** Records the failed status of the phase, and the failure. */
  recordBrandFailure(
    input: BrandInput & { readonly phase: 'channels' | Phase; readonly failure: Failure },
  ): Promise<void>;
  /** Records that the account as a whole cannot be migrated: `brand-failure`, with the failure. */
  recordAccountFailure(input: AccountInput & { readonly failure: Failure }): Promise<void>;
  /** Keeps what is done. Brands without their recent messages become `pending` again. */
  recordCancellation(input: AccountInput & { readonly by: string }): Promise<void>;
  /**
   * Orders the port if there is no order yet; otherwise asks the carrier for the order's status. Records the answer. Returns how the port ended; a
   * final refusal is the state `refused`. While the port is open each attempt fails with `PortOpen`, which sets the delay of the next:
   * PORTING_POLL_SECONDS, then twice as long each time, up to a day.
   */
  followPort(input: ChannelInput): Promise<PortingState>;
}

/** Task queue `imports`: each takes minutes and sends heartbeats. */
export interface ImportActivities {
  /**
   * Works on the phase's slices for about two minutes or until all are done; plans them first if needed. Several calls may run at once, on several
   * workers. Ends early when more lanes would help.
   */
  importSlices(input: PhaseInput): Promise<ImportProgress>;
  /**
   * Settles the threads of the brand (counts, times), removes quarantined copies whose message was taken under another key, compares what the source
   * gave with what the store holds, and sets the status. Throws CheckUnequal (final).
   */
  completePhase(input: PhaseInput): Promise<PhaseSummary>;
  /** Fetches attachments of the brand for about two minutes, newest messages first; failures are recorded in the rows. */
  fetchAttachments(input: BrandInput): Promise<AttachmentProgress>;
}

export type ConversationsActivities = CallActivities & ImportActivities;
