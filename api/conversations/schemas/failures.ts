import { Type } from 'typebox';
import { FAILURE_KINDS } from '../../../domain/conversations/failed-things.js';
import { FAILURE_FIELDS, FAILURE_ID } from '../../engine/schemas/failures.js';
import { AccountId, Named, NextCursor, PageQuery, Strict, oneOf } from '../../schemas/common.js';

export const FailuresQuery = Strict({
  kind: Type.Optional(oneOf(FAILURE_KINDS, { description: 'Default: all kinds.' })),
  account_id: Type.Optional(AccountId),
  ...PageQuery,
});

export const FailureView = Named('Failure', {
  id: FAILURE_ID,
  kind: oneOf(FAILURE_KINDS),
  account_id: Type.String(),
  brand_id: Type.String(),
  ...FAILURE_FIELDS,
});

export const FailuresPage = Named('FailuresPage', {
  failures: Type.Array(FailureView),
  next_cursor: NextCursor,
});
