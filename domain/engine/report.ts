/** The report on all accounts: how many things of each kind need a person, and the first of each. */

import { carryoverCommand } from './commands.js';
import { shortened } from './ids.js';
import { FAILURE_KINDS, type FailureEntry, fixFor } from './failed-things.js';
import type { MigrationRef } from './migration-ref.js';
import { againAfterRefusal } from './refused-messages.js';

export const REPORT_KINDS = [...FAILURE_KINDS, 'stalled', 'refused-messages'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

const KIND_TITLES: Record<ReportKind, string> = {
  brand: 'Accounts, brands and channels that could not be created',
  'recent-messages': 'Brands whose recent messages could not be migrated',
  'remaining-messages': 'Brands whose remaining messages could not be migrated',
  attachments: 'Attachments that could not be fetched, or have waited for more than a day',
  porting: 'Ports that failed, or could not be ordered for an hour',
  quarantine: 'Quarantined records',
  verification: 'Verifications that found differences, or failed',
  stalled: 'Migrations without progress for an hour',
  'refused-messages': 'Messages that Temporal has refused',
};

export type ReportEntry = Omit<FailureEntry, 'kind' | 'id'> & {
  readonly kind: ReportKind;
  /** How many things it represents: quarantined records are reported in groups. */
  readonly count: number;
};

export interface Report {
  /** ISO 8601. */
  readonly at: string;
  /** Includes only failures since then; null includes everything that is unresolved. */
  readonly since: string | null;
  readonly counts: Readonly<Record<ReportKind, number>>;
  /** Quarantined records that somebody waived. Not included in the counts. */
  readonly waived: number;
  /** The first of each kind, in the order of kinds. */
  readonly entries: readonly ReportEntry[];
}

/** A started migration without recent progress. */
export interface StalledMigration {
  readonly accountId: string;
  readonly status: string;
  /** Last progress; ISO 8601. */
  readonly since: string;
}

export function stalledEntry({ accountId, status, since }: StalledMigration): ReportEntry {
  return {
    kind: 'stalled',
    account_id: accountId,
    brand_id: '',
    what: `migration of account ${accountId}`,
    since,
    times: 1,
    count: 1,
    message: `No data was imported and no status changed since then; the status is ${status}.`,
    next_step: 'Check that workers run and what the Temporal Web UI shows, then retry.',
    command: carryoverCommand('retry', accountId),
  };
}

/** A message to a workflow that Temporal refused for good. */
export interface RefusedMessage {
  readonly migration: MigrationRef;
  readonly workflowId: string;
  readonly signal: string;
  readonly since: Date;
  /** Temporal's own words. */
  readonly reason: string;
}

export function refusedEntry(refused: RefusedMessage): ReportEntry {
  const { migration, workflowId, signal, since, reason } = refused;
  const { nextStep, command } = againAfterRefusal(refused);
  return {
    kind: 'refused-messages',
    account_id: migration.subject,
    brand_id: '',
    what: `message ${signal} to workflow ${shortened(workflowId)}`,
    since: since.toISOString(),
    times: 1,
    count: 1,
    message: reason,
    next_step: nextStep,
    command,
  };
}

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

function counted(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`;
}

export function totalOf({ counts }: Report): number {
  return REPORT_KINDS.reduce((sum, kind) => sum + counts[kind], 0);
}

export interface ReportSection {
  readonly kind: ReportKind;
  readonly title: string;
  readonly count: number;
  readonly entries: readonly ReportEntry[];
  /** How many more there are. */
  readonly more: number;
}

/** Kinds with at least one entry. */
export function sectionsOf({ counts, entries }: Report): ReportSection[] {
  return REPORT_KINDS.filter((kind) => counts[kind] > 0).map((kind) => {
    const own = entries.filter((entry) => entry.kind === kind);
    return {
      kind,
      title: KIND_TITLES[kind],
      count: counts[kind],
      entries: own,
      more: leftOf(counts[kind], own),
    };
  });
}

/** How many things the entries do not include. */
export function leftOf(count: number, told: readonly ReportEntry[]): number {
  return Math.max(0, count - told.reduce((sum, entry) => sum + entry.count, 0));
}

export function reportMarkdown(report: Report): string {
  const scope = report.since === null ? '' : `, failed since ${report.since}`;
  const lines = [`# Carryover: ${totalOf(report)} things need a person`, '', `Made ${report.at}${scope}.`];
  for (const { title, count, entries, more } of sectionsOf(report)) {
    lines.push('', `## ${title}: ${count}`, '');
    for (const { account_id: account, what, since, message, command } of entries) {
      lines.push(`- account ${code(account)}, ${escaped(what)}, since ${since}: ${escaped(message)}`);
      lines.push(`  ${code(command)}`);
    }
    if (more > 0) lines.push(`- and ${more} more`);
  }
  if (report.waived > 0) lines.push('', waivedInWords(report));
  return `${lines.join('\n')}\n`;
}

export function waivedInWords({ waived }: Report): string {
  return `Waived, and not counted: ${counted(waived, 'quarantined record')}.`;
}

/** A code span with a fence longer than any run of backticks in the text. Line breaks would end it, so they become spaces. */
function code(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = longest > 0 ? ' ' : '';
  return `${fence}${pad}${oneLine(text)}${pad}${fence}`;
}

function escaped(text: string): string {
  return oneLine(text).replace(/[\\`*_{}[\]<>#|]/g, String.raw`\$&`);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
