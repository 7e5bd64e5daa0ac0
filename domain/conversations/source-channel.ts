import { longestId } from './ids.js';
import { isIdTooLong, shortened } from '../engine/ids.js';
import type { Failure } from '../engine/failures/failures.js';
import { CHANNEL_TYPES } from './payload.js';
import type { PayloadChannel } from './payload.js';
import { phoneNumberOf } from './records/phone.js';
import { storable } from '../engine/text.js';

/** A channel of the payload in storable form, with everything that makes it impossible. */
export interface SourceChannel {
  readonly channelId: string;
  /** `channelId` is a substitute because the store cannot hold the channel's own id, or it is too long. No row may use it. */
  readonly idLost?: true;
  /** As received, even if unknown; empty if it is not a string. */
  readonly type: string;
  readonly name: string | null;
  /** E.164; null if there is none or it is impossible. */
  readonly phoneNumber: string | null;
  /** The number is to be ported. */
  readonly port: boolean;
  /** Ends of sentences about the channel. Never contain a name or a number. */
  readonly mistakes: readonly string[];
}

/** `accountId` determines the maximum length of channel ids. */
export function sourceChannelOf(channel: PayloadChannel, accountId: string): SourceChannel {
  const limit = longestId(accountId);
  const isTooLong = isIdTooLong(channel.channel_id, limit);
  const channelId = storable(isTooLong ? shortened(channel.channel_id) : channel.channel_id);
  const idLost = channelId !== channel.channel_id;
  const phone = readPhone(channel.phone_number);
  const port = channel.port_phone_number ?? false;
  const mistakes = [
    ...(isTooLong ? [`has an id of more than ${limit} bytes, too long for the id of a workflow`] : []),
    ...(idLost && !isTooLong ? ['has an id that cannot be stored'] : []),
    ...typeMistakes(channel.type),
    ...phone.mistakes,
    ...(typeof port === 'boolean' ? [] : ['does not say whether to port its number']),
    ...(port === true && phone.absent ? ['has no number to port'] : []),
  ];
  return {
    channelId,
    ...(idLost ? { idLost } : {}),
    type: typeof channel.type === 'string' ? storable(channel.type) : '',
    name: typeof channel.name === 'string' ? storable(channel.name) : null,
    phoneNumber: phone.number,
    port: port === true,
    mistakes,
  };
}

/** What the store knows about a channel. */
export interface ChannelInStore {
  /** Its id belongs to a channel of another brand here. */
  readonly isForeign: boolean;
  /** Another account holds its number. */
  readonly isNumberTaken: boolean;
}

/** Why the channel cannot be created; undefined if it can. */
export function channelFailure(
  ids: { readonly accountId: string; readonly brandId: string },
  { channelId, mistakes }: SourceChannel,
  { isForeign, isNumberTaken }: ChannelInStore,
): Failure | undefined {
  const all = [
    ...mistakes,
    ...(isForeign ? ['has an id that belongs to a channel of another brand here'] : []),
    ...(isNumberTaken ? ['has a phone number that another account holds'] : []),
  ];
  if (all.length === 0) return undefined;
  const which = `Channel ${channelId} of brand ${ids.brandId} (account ${ids.accountId})`;
  return { type: 'ChannelImpossible', message: `${which} ${all.join(', and ')}.` };
}

function typeMistakes(type: unknown): string[] {
  if (CHANNEL_TYPES.some((known) => known === type)) return [];
  // Repeats only plain words: anything else in this field may be personal data.
  const named = typeof type === 'string' && /^[a-z][a-z_-]{0,29}$/i.test(type) ? ` "${type}"` : '';
  return [`has a type${named} that is none of ${CHANNEL_TYPES.join(', ')}`];
}

function readPhone(value: unknown): {
  readonly number: string | null;
  readonly absent: boolean;
  readonly mistakes: readonly string[];
} {
  if (value === undefined || value === null || value === '')
    return { number: null, absent: true, mistakes: [] };
  const number = typeof value === 'string' ? phoneNumberOf(value) : undefined;
  if (number !== undefined) return { number, absent: false, mistakes: [] };
  return {
    number: null,
    absent: false,
    mistakes: ['has a phone number that is not a possible number in E.164 form'],
  };
}
