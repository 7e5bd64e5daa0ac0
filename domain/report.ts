/** What operators are told of all accounts at once: how much of each kind needs a person, and the first of each. */

import { carryoverCommand } from './commands.js';
import { FAILURE_KINDS, type FailureEntry } from './failed-things.js';

export const REPORT_KINDS = [...FAILURE_KINDS, 'stalled'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

const KIND_TITLES: Record<ReportKind, string> = {
  brand: 'Accounts, brands and channels that could not be made',
  'recent-messages': 'Brands whose recent messages could not be migrated',
  'remaining-messages': 'Brands whose remaining messages could not be migrated',
  attachments: 'Attachments that could not be fetched, or wait for more than a day',
  porting: 'Ports that failed, or could not be ordered for an hour',
  quarantine: 'Quarantined records',
  verification: 'Verifications that found differences, or failed',
  stalled: 'Migrations without progress for an hour',
};

export type ReportEntry = Omit<FailureEntry, 'kind' | 'id'> & { readonly kind: ReportKind };

export interface Report {
  /** When it was made; ISO 8601. */
  readonly at: string;
  /** Only what has failed since then; null for everything that is not mended. */
  readonly since: string | null;
  readonly counts: Readonly<Record<ReportKind, number>>;
  /** The first of each kind, by kind. */
  readonly entries: readonly ReportEntry[];
}

/** A migration that was started and of which nothing has been heard for long. */
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
    message: `Nothing has been imported and no status has changed since then; the status is ${status}.`,
    next_step:
      'See that workers run and what the Temporal Web UI shows, then have what has failed tried again.',
    command: carryoverCommand('retry', accountId),
  };
}

export function totalOf({ counts }: Report): number {
  return REPORT_KINDS.reduce((sum, kind) => sum + counts[kind], 0);
}

export interface ReportSection {
  readonly kind: ReportKind;
  readonly title: string;
  readonly count: number;
  readonly entries: readonly ReportEntry[];
  /** How many are not among the entries. */
  readonly more: number;
}

/** Kinds of which there is something. */
export function sectionsOf({ counts, entries }: Report): ReportSection[] {
  return REPORT_KINDS.filter((kind) => counts[kind] > 0).map((kind) => {
    const own = entries.filter((entry) => entry.kind === kind);
    return {
      kind,
      title: KIND_TITLES[kind],
      count: counts[kind],
      entries: own,
      more: Math.max(0, counts[kind] - own.length),
    };
  });
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
  return `${lines.join('\n')}\n`;
}

/** A fence longer than any run of backticks in it; line ends would end it. */
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
