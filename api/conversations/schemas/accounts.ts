import { Type } from 'typebox';
import { CHANNEL_TYPES } from '../../../domain/conversations/payload.js';
import {
  ACCOUNT_STATUSES,
  BRAND_STATUSES,
  CHANNEL_STATUSES,
  COARSE_STATUSES,
} from '../../../domain/conversations/statuses.js';
import { FailureReason, Named, oneOf } from '../../schemas/common.js';

export const AccountStatusWord = oneOf(ACCOUNT_STATUSES, {
  title: 'AccountStatus',
  description: "The account's migration status.",
});
export const BrandStatusWord = oneOf(BRAND_STATUSES, { title: 'BrandStatus' });
export const ChannelStatusWord = oneOf(CHANNEL_STATUSES, { title: 'ChannelStatus' });

export const AccountView = Named(
  'Account',
  {
    account_id: Type.String(),
    name: Type.String(),
    status: oneOf(COARSE_STATUSES, { description: 'The older, coarser status.' }),
    migration_status: AccountStatusWord,
    brands: Type.Array(
      Named('AccountBrand', {
        brand_id: Type.String(),
        name: Type.String(),
        migration_status: BrandStatusWord,
        channels: Type.Array(
          Named('AccountChannel', {
            channel_id: Type.String(),
            type: Type.String({ description: `Conversations' type: ${CHANNEL_TYPES.join(', ')}.` }),
            phone_number: Type.Union([Type.String(), Type.Null()], { description: 'E.164.' }),
            migration_status: ChannelStatusWord,
          }),
        ),
      }),
    ),
  },
  {
    description: 'The account with its brands and channels.',
    examples: [
      {
        account_id: 'acc_1',
        name: 'Lakeside Dental',
        status: 'migrating',
        migration_status: 'migrating',
        brands: [
          {
            brand_id: 'br_1',
            name: 'Lakeside Dental',
            migration_status: 'migrating',
            channels: [
              { channel_id: 'ch_1', type: 'sms', phone_number: '+15550001111', migration_status: 'porting' },
            ],
          },
        ],
      },
    ],
  },
);

export const StatusDocumentView = Named(
  'MigrationStatus',
  {
    status: AccountStatusWord,
    brands: Type.Record(Type.String(), BrandStatusWord, { description: 'By brand id.' }),
    channels: Type.Record(Type.String(), ChannelStatusWord, { description: 'By channel id.' }),
  },
  {
    description: 'The statuses of an account, its brands and its channels.',
    examples: [
      { status: 'migrating', brands: { br_1: 'migrating' }, channels: { ch_1: 'porting', ch_2: 'ready' } },
    ],
  },
);

export const StartedView = Named(
  'AcceptedMigration',
  { account_id: Type.String(), migration_status: AccountStatusWord },
  { examples: [{ account_id: 'acc_1', migration_status: 'migrating' }] },
);

export const StartView = Named(
  'StartedMigration',
  {
    account_id: Type.String(),
    migration_status: AccountStatusWord,
    failure: Type.Optional(FailureReason),
  },
  { examples: [{ account_id: 'acc_1', migration_status: 'migrating' }] },
);
