import type * as engine from '../engine/failures/report.js';
import { SHARED_REPORT_KINDS, SHARED_TITLES, counted } from '../engine/failures/report.js';
import { FAILURE_KINDS, fixFor } from './failed-things.js';

export const REPORT_KINDS = [...FAILURE_KINDS, ...SHARED_REPORT_KINDS] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];
export type Report = engine.Report<ReportKind>;
export type ReportEntry = engine.ReportEntry<ReportKind>;

/** In the order of the report. */
export const REPORT_TITLES: Readonly<Record<ReportKind, string>> = {
  brand: 'Accounts, brands and channels that could not be created',
  'recent-messages': 'Brands whose recent messages could not be migrated',
  'remaining-messages': 'Brands whose remaining messages could not be migrated',
  attachments: 'Attachments that could not be fetched, or have waited for more than a day',
  porting: 'Ports that failed, or could not be ordered for an hour',
  quarantine: 'Quarantined records',
  verification: 'Verifications that found differences, or failed',
  following: 'What following the source has missed, or brings late',
  ...SHARED_TITLES,
};

/** Quarantined records of one account with one root cause. */
export interface QuarantinedTogether {
  readonly accountId: string;
  readonly group: string;
  readonly sourceTable: string;
  readonly reason: string;
  readonly threads: number;
  readonly messages: number;
  readonly records: number;
  readonly waived: number;
  readonly since: Date;
  readonly samples: readonly {
    readonly id: string;
    readonly brand_id: string;
    readonly source_key: string;
  }[];
}

export function quarantineEntry(found: QuarantinedTogether): ReportEntry {
  const { accountId, group, sourceTable, reason, records, waived, since, samples } = found;
  const [first] = samples;
  const isOne = records === 1 && first !== undefined;
  const which = isOne ? [first.id] : ['--group', group];
  const { nextStep, command } = fixFor(accountId, which, sourceTable, reason);
  return {
    kind: 'quarantine',
    account_id: accountId,
    brand_id: samples.every(({ brand_id: brandId }) => brandId === first?.brand_id)
      ? (first?.brand_id ?? '')
      : '',
    what: isOne
      ? `${sourceTable === 'threads' ? 'thread' : 'message'} record ${first.source_key}`
      : groupInWords(found),
    since: since.toISOString(),
    times: 1,
    count: records - waived,
    message: reason,
    next_step: nextStep,
    command,
  };
}

/** `2 thread records and the 40 messages of these threads`, `12 message records`, `5 messages of 2 threads`. */
export function groupInWords({
  sourceTable,
  threads,
  messages,
}: Pick<QuarantinedTogether, 'sourceTable' | 'threads' | 'messages'>): string {
  if (threads === 0) return counted(messages, 'message record');
  if (sourceTable === 'messages') return `${counted(messages, 'message')} of ${counted(threads, 'thread')}`;
  const own = counted(threads, 'thread record');
  return messages === 0
    ? own
    : `${own} and ${counted(messages, 'message')} of ${threads === 1 ? 'it' : 'them'}`;
}
