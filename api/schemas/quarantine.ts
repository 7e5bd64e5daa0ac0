import { Type } from 'typebox';
import {
  AccountId,
  Named,
  NextCursor,
  PageQuery,
  SourceId,
  StorableText,
  Strict,
  Time,
  oneOf,
} from './common.js';

const SourceTable = oneOf(['threads', 'messages'], { description: "The source's table." });
const MAX_RECORDS = 500;

export const QuarantineQuery = Strict({
  table: Type.Optional(SourceTable),
  reason: Type.Optional(StorableText({ maxLength: 200, description: 'A part of the reason.' })),
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

export const QuarantinePage = Named('QuarantinePage', {
  records: Type.Array(Named('QuarantinedRecord', fields)),
  next_cursor: NextCursor,
});

export const QuarantinedView = Named('QuarantinedRecordInFull', {
  ...fields,
  raw: Type.Unknown({
    description:
      "DynamoDB's attribute-value JSON; null for another account's record, of which nothing is kept.",
  }),
});

export const QuarantineRetryBody = Named('QuarantineRetry', {
  records: Type.Optional(
    Type.Array(SourceId, {
      minItems: 1,
      maxItems: MAX_RECORDS,
      description: 'Ids or keys; left out, all of the account.',
    }),
  ),
});

export const QuarantineRetried = Named('QuarantineRetried', {
  account_id: Type.String(),
  records: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
    description: 'How many will be read again; null for all.',
  }),
});
