import type { ServedAccount } from '../../dev/sample/conversations-service.js';
import type { DumpLocation } from '../../domain/conversations/dump.js';
import { accountOf, brandOf } from './source.js';
import type { Shape } from './source.js';

export interface Served {
  /** Numbers that are ported, each of a channel of its own; default: none. */
  readonly ports?: readonly string[];
  /** Where its messages are, instead of DynamoDB. */
  readonly dump?: DumpLocation;
}

/** The shape's account, as Conversations serves it. */
export function servedAccount(shape: Shape, { ports = [], dump }: Served = {}): ServedAccount {
  const account_id = accountOf(shape);
  const channels = ports.map((phone_number, at) => ({
    channel_id: `ch_${shape.name}_${at + 1}`,
    type: 'sms',
    name: `Line ${at + 1}`,
    phone_number,
    port_phone_number: true,
  }));
  return {
    account: { account_id, name: 'Lakeside Dental', status: 'active' },
    payload: {
      account: {
        account_id,
        name: 'Lakeside Dental',
        email: 'owner@lakeside.example',
        locale: 'en-US',
        created_at: '2019-04-02T10:00:00.000Z',
      },
      brands: [
        { brand_id: brandOf(shape), name: 'Lakeside', website_url: 'https://lakeside.example', channels },
      ],
      messages: dump === undefined ? { kind: 'dynamodb' } : { kind: 's3', ...dump },
    },
  };
}
