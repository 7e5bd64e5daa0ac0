import { Type } from 'typebox';
import { Time } from '../../schemas/common.js';

/** The fields of a failure in every answer, besides its kind and its migration. */
export const FAILURE_FIELDS = {
  what: Type.String({ examples: ['attachment att_1 of message msg_1'] }),
  since: Time,
  times: Type.Integer({ minimum: 0, description: 'How often it has failed.' }),
  message: Type.String({ description: 'Why it failed.' }),
  next_step: Type.String({ description: 'What to do about it.' }),
  command: Type.String({
    description: 'The command to run after the next step.',
    examples: ['carryover quarantine retry acc_1 17'],
  }),
};

export const FAILURE_ID = Type.String({ description: 'Unique among the failures of its kind.' });
