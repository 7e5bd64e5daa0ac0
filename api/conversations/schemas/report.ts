import { Type } from 'typebox';
import { REPORT_KINDS, type ReportKind } from '../../../domain/conversations/report.js';
import { Named, Time, oneOf } from '../../schemas/common.js';

const Count = Type.Integer({ minimum: 0 });

export const ReportView = Named('Report', {
  at: Time,
  since: Type.Union([Time, Type.Null()]),
  counts: Named(
    'ReportCounts',
    Object.fromEntries(REPORT_KINDS.map((kind) => [kind, Count])) as Record<ReportKind, typeof Count>,
  ),
  waived: Type.Integer({
    minimum: 0,
    description: 'Waived quarantined records, which the counts do not include.',
  }),
  entries: Type.Array(
    Named('ReportEntry', {
      kind: oneOf(REPORT_KINDS),
      account_id: Type.String(),
      brand_id: Type.String({ description: 'Empty if it is about the whole account.' }),
      what: Type.String(),
      since: Time,
      times: Count,
      count: Type.Integer({
        minimum: 1,
        description: 'The number of failures in the entry: quarantined records are reported in groups.',
      }),
      message: Type.String(),
      next_step: Type.String(),
      command: Type.String({ description: 'The command that fixes it.' }),
    }),
    { description: 'The first 20 of each kind.' },
  ),
});
