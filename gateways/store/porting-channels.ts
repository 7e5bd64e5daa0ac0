import type { Failure } from '../../domain/failures.js';
import { recordFailure } from '../../domain/failures.js';
import { channelStatusOf } from '../../domain/porting.js';
import type { PortingStatus } from '../../domain/porting.js';
import { mayChannelBecome } from '../../domain/statuses.js';
import type { ChannelStatus } from '../../domain/statuses.js';
import type { BrandDraft, ChannelDraft, StatusDraft } from './status-draft.js';

/**
 * All channels of the account that were made with this number and wait for its port get the status that goes with it. A port that
 * failed is noted on their brands for operators; neither brand nor account changes its status for it.
 */
export function followPort(draft: StatusDraft, phoneNumber: string, status: PortingStatus): void {
  for (const brand of draft.brands) {
    for (const channel of brand.channels) {
      const known = channel.migration?.status ?? 'none';
      const isMade = known !== 'none' && known !== 'pending';
      if (isMade && channel.migration?.port === true && channel.phoneNumber === phoneNumber) {
        follow(draft, brand, channel, status);
      }
    }
  }
}

function follow(draft: StatusDraft, brand: BrandDraft, channel: ChannelDraft, status: PortingStatus): void {
  const to = channelStatusOf(status);
  const failure = to === 'failure' ? portFailure(channel.channelId, status) : undefined;
  const led = leadChannel(draft, channel, to, failure);
  if (led) noteFailedPort(draft, brand, channel.channelId, failure);
}

/** To the status directly or by way of `migrating`; false where neither is allowed. */
export function leadChannel(
  draft: StatusDraft,
  channel: ChannelDraft,
  to: ChannelStatus,
  failure?: Failure,
): boolean {
  const from = channel.migration?.status ?? 'none';
  if (from !== to && !mayChannelBecome(from, to)) draft.setChannel(channel, 'migrating');
  return draft.setChannel(channel, to, failure);
}

/** What operators are told of the channel's port on its brand; without a failure, nothing any more. */
export function noteFailedPort(
  draft: StatusDraft,
  brand: BrandDraft,
  channelId: string,
  failure: Failure | undefined,
): void {
  const { [channelId]: noted, ...others } = brand.migration?.failedPorts ?? {};
  if (failure === undefined && noted === undefined) return;
  if (failure !== undefined && noted?.message === failure.message) return;
  const failedPorts = failure ? { ...others, [channelId]: recordFailure(failure, noted, draft.at) } : others;
  draft.patchBrand(brand, { failedPorts: Object.keys(failedPorts).length > 0 ? failedPorts : undefined });
}

function portFailure(channelId: string, status: PortingStatus): Failure {
  const what = `The port of the number of channel ${channelId}`;
  switch (status) {
    case 'exception':
      return {
        type: 'CarrierException',
        message: `${what} has met an exception at the carrier.`,
      };
    case 'cancelled':
      return { type: 'CarrierRefused', message: `${what} was cancelled at the carrier.` };
    case 'pending':
    case 'submitted':
    case 'foc':
    case 'complete':
    case 'refused':
      return { type: 'CarrierRefused', message: `${what} was refused by the carrier.` };
  }
}
