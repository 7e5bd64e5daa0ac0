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
  description: 'Of a group of records with one root cause.',
});

const FILTER = {
  table: Type.Optional(SourceTable),
  reason: Type.Optional(StorableText({ maxLength: 200, description: 'A part of the reason.' })),
  group: Type.Optional(GroupId),
  waived: Type.Optional(oneOf(['true', 'false'], { description: 'Only waived ones, or only the others.' })),
};

export const QuarantineQuery = Strict({ ...FILTER, ...PageQuery });
export const GroupsQuery = Strict(PageQuery);
export const ExportQuery = Strict({
  ...FILTER,
  raw: Type.Optional(
    oneOf(['true', 'false'], {
      description: 'Whether each line has the raw form, contents of messages included; false unless said.',
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
  id: Type.String({ description: 'Its id here; stays when it is tried again.' }),
  brand_id: Type.String(),
  source_table: SourceTable,
  source_key: Type.String({ description: 'Hash and range key, joined by `/`.' }),
  source_id: Type.Union([Type.String(), Type.Null()], {
    description: "The record's own id, where it has one.",
  }),
  reason: Type.String(),
  thread_reason: Type.Union([Type.String(), Type.Null()], {
    description: "Why its thread's record was refused, where that is why the message is here.",
  }),
  group: GroupId,
  next_step: Type.String({ description: 'What to do about it.' }),
  waiver: Type.Union([Waiver, Type.Null()], { description: 'Somebody decided that it stays out.' }),
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

export const ExportLine = Named(
  'QuarantineExportLine',
  { ...fields, raw: Type.Optional(Type.Unknown({ description: 'With `raw=true`: the raw form.' })) },
  { description: 'One line.' },
);

export const GroupsPage = Named('QuarantineGroupsPage', {
  groups: Type.Array(
    Named('QuarantineGroup', {
      group: GroupId,
      source_table: SourceTable,
      reason: Type.String({ description: 'Of the root cause.' }),
      cause: oneOf(QUARANTINE_CAUSES),
      next_step: Type.String({ description: 'What to do about it.' }),
      command: Type.String({ description: 'What then mends it.' }),
      records: Type.Integer({ minimum: 1, description: 'Threads and messages.' }),
      threads: Type.Integer({ minimum: 0, description: 'Threads that are the cause: refused or missing.' }),
      messages: Type.Integer({
        minimum: 0,
        description: 'Messages, those that hang under a thread included.',
      }),
      waived: Count,
      since: Time,
      samples: Type.Array(
        Strict({
          id: Type.String({ description: 'Of a record to look at.' }),
          brand_id: Type.String(),
          source_key: Type.String({ description: 'Its key; of a missing thread the id.' }),
          messages: Type.Integer({ minimum: 0, description: 'Messages that this thread keeps out.' }),
        }),
        { description: 'Up to five, the first that came here.' },
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
  description: 'Records or a group; with neither, all of the account.',
});

export const QuarantineRetried = Named('QuarantineRetried', {
  account_id: Type.String(),
  records: Type.Union([Count, Type.Null()], {
    description: 'How many will be read again; null for all.',
  }),
});

export const WaiveBody = Named(
  'QuarantineWaive',
  {
    ...CHOICE,
    reason: StorableText({
      maxLength: 500,
      description:
        'Why they stay out. It is shown with your name, and certified: no names or numbers of people.',
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
  records: Type.Integer({ minimum: 0, description: 'Of how many the waiver has changed.' }),
});
