import { Type } from 'typebox';
import { AccountId, NextCursor, PageQuery, SourceId, Strict, Time, oneOf } from './common.js';

const SourceTable = oneOf(['threads', 'messages'], { description: "The source's table." });
const MAX_RECORDS = 500;

export const QuarantineQuery = Strict({
  table: Type.Optional(SourceTable),
  reason: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '^[^\\u0000\\p{Cs}]+$',
      description: 'A part of the reason.',
    }),
  ),
  ...PageQuery,
});

export const RecordParameter = Strict({
  account_id: AccountId,
  record: SourceId,
});

const fields = {
  id: Type.String({ description: 'Its id here; stays when it is tried again.' }),
  brand_id: Type.String(),
  source_table: SourceTable,
  source_key: Type.String({ description: 'Hash and range key, joined by `/`.' }),
  source_id: Type.Union([Type.String(), Type.Null()], {
    description: "The record's own id, where it has one.",
  }),
  reason: Type.String(),
  at: Time,
};

export const QuarantinePage = Strict({ records: Type.Array(Strict(fields)), next_cursor: NextCursor });

export const QuarantinedView = Strict({
  ...fields,
  raw: Type.Unknown({
    description:
      "DynamoDB's attribute-value JSON; null for another account's record, of which nothing is kept.",
  }),
});

export const QuarantineRetryBody = Type.Union([
  Strict({
    records: Type.Optional(
      Type.Array(SourceId, {
        minItems: 1,
        maxItems: MAX_RECORDS,
        description: 'Ids or keys; left out, all of the account.',
      }),
    ),
  }),
  Type.Null(),
]);

export const QuarantineRetried = Strict({
  account_id: Type.String(),
  records: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
    description: 'How many will be read again; null for all.',
  }),
});
