import { Type } from 'typebox';
import { Time } from '../../schemas/common.js';

/** What every answer says of a failed thing, beside its kind and whose it is. */
export const FAILURE_FIELDS = {
  what: Type.String({ examples: ['attachment att_1 of message msg_1'] }),
  since: Time,
  times: Type.Integer({ minimum: 0, description: 'How often it has failed.' }),
  message: Type.String({ description: 'Why.' }),
  next_step: Type.String({ description: 'What to do about it.' }),
  command: Type.String({
    description: 'The command that fixes it after that.',
    examples: ['carryover quarantine retry acc_1 17'],
  }),
};

export const FAILURE_ID = Type.String({ description: 'Of the thing, among those of its kind.' });
