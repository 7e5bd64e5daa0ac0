import { Type } from 'typebox';
import { QUARANTINE_CAUSES } from '../../../domain/conversations/records/quarantine-reasons.js';
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
} from '../../schemas/common.js';

const SourceTable = oneOf(['threads', 'messages'], { description: "The source's table." });
const MAX_RECORDS = 500;
const Count = Type.Integer({ minimum: 0 });

const GroupId = Type.String({
  pattern: '^[0-9a-f]{12}$',
  description: 'Id of a group of records with the same root cause.',
});

const FILTER = {
  table: Type.Optional(SourceTable),
  reason: Type.Optional(StorableText({ maxLength: 200, description: 'A part of the reason.' })),
  group: Type.Optional(GroupId),
  waived: Type.Optional(
    oneOf(['true', 'false'], { description: 'Only waived records, or only the others.' }),
  ),
};

export const QuarantineQuery = Strict({ ...FILTER, ...PageQuery });
export const GroupsQuery = Strict(PageQuery);
export const ExportQuery = Strict({
  ...FILTER,
  raw: Type.Optional(
    oneOf(['true', 'false'], {
      description: 'Whether to include the raw form, with the contents of messages; default: false.',
    }),
  ),
});

export const RecordParameter = Strict({
  account_id: AccountId,
  record: SourceId,
});

const Waiver = Named('QuarantineWaiver', {
  by: Type.String({ description: "The token's `sub`." }),
  reason: Type.String(),
  at: Time,
});

const fields = {
  id: Type.String({ description: "Carryover's id of the record; a retry keeps it." }),
  brand_id: Type.String(),
  source_table: SourceTable,
  source_key: Type.String({ description: 'Hash and range key, joined by `/`.' }),
  source_id: Type.Union([Type.String(), Type.Null()], {
    description: "The record's own id, if it has one.",
  }),
  reason: Type.String(),
  thread_reason: Type.Union([Type.String(), Type.Null()], {
    description: "Why the message's thread was refused, if that is why the message is in quarantine.",
  }),
  group: GroupId,
  next_step: Type.String({ description: 'What to do about it.' }),
  waiver: Type.Union([Waiver, Type.Null()], { description: 'Who waived the record, and why.' }),
  at: Time,
};

export const QuarantinePage = Named('QuarantinePage', {
  records: Type.Array(Named('QuarantinedRecord', fields)),
  next_cursor: NextCursor,
});

export const QuarantinedView = Named('QuarantinedRecordInFull', {
  ...fields,
  raw: Type.Unknown({
    description: "DynamoDB's attribute-value JSON; null for another account's record, which is not kept.",
  }),
});

export const ExportLine = Named(
  'QuarantineExportLine',
  { ...fields, raw: Type.Optional(Type.Unknown({ description: 'With `raw=true`: the raw form.' })) },
  { description: 'One line of the export.' },
);

export const GroupsPage = Named('QuarantineGroupsPage', {
  groups: Type.Array(
    Named('QuarantineGroup', {
      group: GroupId,
      source_table: SourceTable,
      reason: Type.String({ description: 'The root cause.' }),
      cause: oneOf(QUARANTINE_CAUSES),
      next_step: Type.String({ description: 'What to do about it.' }),
      command: Type.String({ description: 'The command to run after the next step.' }),
      records: Type.Integer({ minimum: 1, description: 'Threads and messages.' }),
      threads: Type.Integer({ minimum: 0, description: 'Threads that are the cause: refused or missing.' }),
      messages: Type.Integer({
        minimum: 0,
        description: 'Messages, including those that are kept out with a thread.',
      }),
      waived: Count,
      since: Time,
      samples: Type.Array(
        Strict({
          id: Type.String({ description: "Carryover's id of the record." }),
          brand_id: Type.String(),
          source_key: Type.String({ description: "The record's key; for a missing thread its id." }),
          messages: Type.Integer({ minimum: 0, description: 'Messages that this thread keeps out.' }),
        }),
        { description: 'Up to five, the first that were quarantined.' },
      ),
    }),
  ),
  next_cursor: NextCursor,
});

const CHOICE = {
  records: Type.Optional(
    Type.Array(SourceId, {
      minItems: 1,
      maxItems: MAX_RECORDS,
      description: 'Ids or keys.',
    }),
  ),
  group: Type.Optional(GroupId),
};

export const QuarantineRetryBody = Named('QuarantineRetry', CHOICE, {
  description: 'Records or a group; without either, all records of the account.',
});

export const QuarantineRetried = Named('QuarantineRetried', {
  account_id: Type.String(),
  records: Type.Union([Count, Type.Null()], {
    description: 'The number of records that will be read again; null for all.',
  }),
});

export const WaiveBody = Named(
  'QuarantineWaive',
  {
    ...CHOICE,
    reason: StorableText({
      maxLength: 500,
      description:
        'Why they stay out. It is shown with your name and certified, so it must not contain names or numbers of people.',
    }),
  },
  { description: 'Records or a group.' },
);

export const RevokeWaiverBody = Named('QuarantineWaiverRevocation', CHOICE, {
  description: 'Records or a group.',
  minProperties: 1,
});

export const Waived = Named('QuarantineWaived', {
  account_id: Type.String(),
  records: Type.Integer({ minimum: 0, description: 'The number of records whose waiver has changed.' }),
});
