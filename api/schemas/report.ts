import { Type } from 'typebox';
import { REPORT_KINDS, type ReportKind } from '../../domain/report.js';
import { Named, Strict, Time, oneOf } from './common.js';

const Count = Type.Integer({ minimum: 0 });

export const ReportQuery = Strict({
  since: Type.Optional(
    Type.String({ format: 'date-time', description: 'Only what has failed since then; ISO 8601.' }),
  ),
});

export const ReportView = Named('Report', {
  at: Time,
  since: Type.Union([Time, Type.Null()]),
  counts: Named(
    'ReportCounts',
    Object.fromEntries(REPORT_KINDS.map((kind) => [kind, Count])) as Record<ReportKind, typeof Count>,
  ),
  entries: Type.Array(
    Named('ReportEntry', {
      kind: oneOf(REPORT_KINDS),
      account_id: Type.String(),
      brand_id: Type.String({ description: 'Empty where it is about the whole account.' }),
      what: Type.String(),
      since: Time,
      times: Count,
      message: Type.String(),
      next_step: Type.String(),
      command: Type.String({ description: 'What mends it.' }),
    }),
    { description: 'The first 20 of each kind.' },
  ),
});
