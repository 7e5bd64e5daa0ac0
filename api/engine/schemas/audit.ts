import { Type } from 'typebox';
import { Time } from '../../schemas/common.js';

/** What every answer says of an entry, beside whose migration it is about. */
export const AUDIT_FIELDS = {
  id: Type.String(),
  at: Time,
  actor: Type.String({ description: "The token's `sub`." }),
  role: Type.String(),
  action: Type.String(),
  remote_address: Type.Union([Type.String(), Type.Null()]),
  times: Type.Integer({
    minimum: 1,
    description: 'How often the same was asked for with no effect of its own, the first time included.',
  }),
  last_at: Type.Union([Time, Type.Null()], { description: 'The latest of several times.' }),
  details: Type.Union(
    [Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])), Type.Null()],
    { description: 'Counts, choices, the reason that was given.' },
  ),
};
