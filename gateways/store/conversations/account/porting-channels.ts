import type { Failure } from '../../../../domain/engine/failures/failures.js';
import { recordFailure } from '../../../../domain/engine/failures/failures.js';
import { channelStatusOf } from '../../../../domain/conversations/porting.js';
import type { PortFacts, PortingStatus } from '../../../../domain/conversations/porting.js';
import { mayChannelBecome } from '../../../../domain/conversations/statuses.js';
import type { ChannelStatus } from '../../../../domain/conversations/statuses.js';
import type { BrandDraft, ChannelDraft, StatusDraft } from '../status/status-draft.js';

/**
 * Updates all channels of the account that were created with one of these numbers and wait for its port. Notes failed ports on their brands for
 * operators; the statuses of brands and account do not change.
 */
export function followPorts(draft: StatusDraft, ports: ReadonlyMap<string, PortFacts>): void {
  for (const brand of draft.brands) {
    const notes = new Map<string, Failure | undefined>();
    for (const channel of brand.channels) {
      const port = channel.phoneNumber === null ? undefined : ports.get(channel.phoneNumber);
      if (port === undefined || !isMadeForPort(channel)) continue;
      const to = channelStatusOf(port);
      const failure = to === 'failure' ? portFailure(channel.channelId, port.status) : undefined;
      if (leadChannel(draft, channel, to, failure)) notes.set(channel.channelId, failure);
    }
    noteFailedPorts(draft, brand, notes);
  }
}

function isMadeForPort({ migration }: ChannelDraft): boolean {
  const known = migration?.status ?? 'none';
  return known !== 'none' && known !== 'pending' && migration?.port === true;
}

/** Changes to the status directly or through `migrating`; false if neither is allowed. */
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

/** Records the failed ports of these channels on their brand for operators; without a failure, removes the record. */
export function noteFailedPorts(
  draft: StatusDraft,
  brand: BrandDraft,
  notes: ReadonlyMap<string, Failure | undefined>,
): void {
  const held = new Map(Object.entries(brand.migration?.failedPorts ?? {}));
  const changed = [...notes].filter(([channelId, failure]) =>
    failure === undefined ? held.has(channelId) : held.get(channelId)?.message !== failure.message,
  );
  if (changed.length === 0) return;
  for (const [channelId, failure] of changed) {
    if (failure === undefined) held.delete(channelId);
    else held.set(channelId, recordFailure(failure, held.get(channelId), draft.at));
  }
  draft.patchBrand(brand, { failedPorts: held.size > 0 ? Object.fromEntries(held) : undefined });
}

function portFailure(channelId: string, status: PortingStatus): Failure {
  const what = `The port of the number of channel ${channelId}`;
  switch (status) {
    case 'exception':
      return {
        type: 'CarrierException',
        message: `${what} has an exception at the carrier.`,
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
