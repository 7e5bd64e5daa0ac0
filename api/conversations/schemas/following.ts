import { type TSchema, type TSchemaOptions, Type } from 'typebox';
import { Named, Time, oneOf } from '../../schemas/common.js';
import { AccountStatusWord } from './accounts.js';

function Nullable<Schema extends TSchema>(schema: Schema, options: TSchemaOptions = {}) {
  return Type.Union([schema, Type.Null()], options);
}

const Count = Type.Integer({ minimum: 0 });

const FinishingView = Named(
  'Finishing',
  {
    reason: oneOf(['idle', 'max-days', 'operator'], {
      description: '`idle`: all ports are final and nothing has arrived for FOLLOW_IDLE_HOURS.',
    }),
    by: Type.String(),
    since: Time,
    open_ports: Nullable(Count, { description: 'How many ports were open at the end; null before it.' }),
  },
  { description: 'Who finishes it, and why. A last verification with repair comes first.' },
);

export const FollowingView = Named(
  'Following',
  {
    by: Nullable(oneOf(['stream', 'poll']), {
      description: 'How changes at the source are found; null before following begins, and for a dump.',
    }),
    since: Nullable(Time),
    until: Nullable(Time, { description: 'Null while the account is followed.' }),
    lag_seconds: Nullable(Count, {
      description: 'The age that the oldest change not yet applied here may have; null if unknown.',
    }),
    added: Type.Integer({ minimum: 0, description: 'Messages and threads added by following.' }),
    changed: Count,
    removed: Count,
    last_at: Nullable(Time, { description: 'When the latest change arrived.' }),
    finishing: Nullable(FinishingView),
    note: Nullable(Type.String(), {
      description: 'Why the account is not followed by the streams of its tables, or not at all.',
    }),
  },
  { description: 'What changes at the source since the migration was started.' },
);

export const FinishView = Named(
  'FinishedMigration',
  {
    account_id: Type.String(),
    migration_status: AccountStatusWord,
    finished: Type.Boolean({ description: 'False while the last verification is under way.' }),
  },
  { examples: [{ account_id: 'acc_1', migration_status: 'all-messages-migrated', finished: false }] },
);
