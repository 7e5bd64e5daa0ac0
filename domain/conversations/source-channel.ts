import { longestId } from './ids.js';
import { isIdTooLong, shortened } from '../engine/ids.js';
import { CHANNEL_TYPES } from './payload.js';
import type { PayloadChannel } from './payload.js';
import { phoneNumberOf } from './records/phone.js';
import { storable } from '../engine/text.js';

/** A channel as the payload has it, made storable, with everything in it that makes it impossible. */
export interface SourceChannel {
  readonly channelId: string;
  /** The id above is not the channel's own, which no store can hold or which is too long: no row may be made under it. */
  readonly idLost?: true;
  /** As it came, also a type that nobody knows; empty where it is no text. */
  readonly type: string;
  readonly name: string | null;
  /** E.164; null where there is none, or none that is possible. */
  readonly phoneNumber: string | null;
  /** The number is to be ported. */
  readonly port: boolean;
  /** What is wrong, as ends of a sentence about the channel; never a name or a number. */
  readonly mistakes: readonly string[];
}

/** `accountId`: how long its channels' ids may be follows from the account's own. */
export function sourceChannelOf(channel: PayloadChannel, accountId: string): SourceChannel {
  const limit = longestId(accountId);
  const isTooLong = isIdTooLong(channel.channel_id, limit);
  const channelId = storable(isTooLong ? shortened(channel.channel_id) : channel.channel_id);
  const idLost = channelId !== channel.channel_id;
  const phone = readPhone(channel.phone_number);
  const port = channel.port_phone_number ?? false;
  const mistakes = [
    ...(isTooLong ? [`has an id of more than ${limit} bytes, which no workflow can be named after`] : []),
    ...(idLost && !isTooLong ? ['has an id that cannot be stored'] : []),
    ...typeMistakes(channel.type),
    ...phone.mistakes,
    ...(typeof port === 'boolean' ? [] : ['does not say whether its number is to be ported']),
    ...(port === true && phone.absent ? ['is to have a number ported and has none'] : []),
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

function typeMistakes(type: unknown): string[] {
  if (CHANNEL_TYPES.some((known) => known === type)) return [];
  // Only what can be nothing but a word is repeated: whatever else stands in this place may be anybody's data.
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
    mistakes: ['has a phone number that is no possible phone number in E.164 form'],
  };
}
