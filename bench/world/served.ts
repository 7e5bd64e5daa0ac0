import type { ServedAccount } from '../../dev/sample/conversations-service.js';
import { accountOf, brandOf } from './source.js';
import type { Shape } from './source.js';

/** The shape's account, as Conversations serves it. */
export function servedAccount(shape: Shape): ServedAccount {
  const account_id = accountOf(shape);
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
        { brand_id: brandOf(shape), name: 'Lakeside', website_url: 'https://lakeside.example', channels: [] },
      ],
      messages: { kind: 'dynamodb' },
    },
  };
}
