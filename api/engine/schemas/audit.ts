import { Type } from 'typebox';
import { Time } from '../../schemas/common.js';

/** The fields of an audit entry in every answer, besides the migration. */
export const AUDIT_FIELDS = {
  id: Type.String(),
  at: Time,
  actor: Type.String({ description: "The token's `sub`." }),
  role: Type.String(),
  action: Type.String(),
  remote_address: Type.Union([Type.String(), Type.Null()]),
  times: Type.Integer({
    minimum: 1,
    description: 'The number of equal requests, including the first; only the first had an effect.',
  }),
  last_at: Type.Union([Time, Type.Null()], { description: 'The latest of several equal requests.' }),
  details: Type.Union(
    [Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])), Type.Null()],
    { description: 'Counts, the selection, the given reason.' },
  ),
};
