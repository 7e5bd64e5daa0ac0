import { Type } from 'typebox';
import { FAILURE_KINDS } from '../../../domain/engine/failed-things.js';
import { AccountId, Named, NextCursor, PageQuery, Strict, Time, oneOf } from '../../schemas/common.js';

export const FailuresQuery = Strict({
  kind: Type.Optional(oneOf(FAILURE_KINDS, { description: 'All kinds unless said.' })),
  account_id: Type.Optional(AccountId),
  ...PageQuery,
});

export const FailureView = Named('Failure', {
  id: Type.String({ description: 'Of the thing, among those of its kind.' }),
  kind: oneOf(FAILURE_KINDS),
  account_id: Type.String(),
  brand_id: Type.String(),
  what: Type.String({ examples: ['attachment att_1 of message msg_1'] }),
  since: Time,
  times: Type.Integer({ minimum: 0, description: 'How often it has failed.' }),
  message: Type.String({ description: 'Why.' }),
  next_step: Type.String({ description: 'What to do about it.' }),
  command: Type.String({
    description: 'What then mends it.',
    examples: ['carryover quarantine retry acc_1 17'],
  }),
});

export const FailuresPage = Named('FailuresPage', {
  failures: Type.Array(FailureView),
  next_cursor: NextCursor,
});
