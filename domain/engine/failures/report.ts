/** The report on all migrations: how many things of each kind need a person, and the first of each. */

import { carryoverCommand } from './commands.js';
import type { FailureEntry } from './failed-things.js';
import { shortened } from '../ids.js';
import type { MigrationRef } from '../migration-ref.js';
import { type CommandsBySignal, againAfterRefusal } from './refused-messages.js';

/** Problems of migrations of any kind, in addition to the kind's own failures. */
export const SHARED_REPORT_KINDS = ['stalled', 'refused-messages'] as const;
export type SharedReportKind = (typeof SHARED_REPORT_KINDS)[number];

export const SHARED_TITLES: Readonly<Record<SharedReportKind, string>> = {
  stalled: 'Migrations without progress for an hour',
  'refused-messages': 'Messages that Temporal has refused',
};

export type ReportEntry<Kind extends string = string> = Omit<FailureEntry<Kind>, 'id'> & {
  /** How many things it represents: quarantined records are reported in groups. */
  readonly count: number;
};

export interface Report<Kind extends string = string> {
  /** ISO 8601. */
  readonly at: string;
  /** Includes only failures since then; null includes everything that is unresolved. */
  readonly since: string | null;
  readonly counts: Readonly<Record<Kind, number>>;
  /** Quarantined records that somebody waived. Not included in the counts. */
  readonly waived: number;
  /** The first of each kind, in the order of kinds. */
  readonly entries: readonly ReportEntry<Kind>[];
}

/** The headings of a report's sections, in their order. */
export type ReportTitles = Readonly<Record<string, string>>;

/** A started migration without recent progress. */
export interface StalledMigration {
  readonly accountId: string;
  readonly status: string;
  /** Last progress; ISO 8601. */
  readonly since: string;
}

export function stalledEntry({ accountId, status, since }: StalledMigration): ReportEntry<SharedReportKind> {
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

/** `own`: the commands of the kind's own signals. */
export function refusedEntry(refused: RefusedMessage, own: CommandsBySignal): ReportEntry<SharedReportKind> {
  const { migration, workflowId, signal, since, reason } = refused;
  const { nextStep, command } = againAfterRefusal(refused, own);
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

/** `1 quarantined record`, `2 quarantined records`. */
export function counted(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`;
}

export function totalOf({ counts }: Report): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

export interface ReportSection {
  readonly kind: string;
  readonly title: string;
  readonly count: number;
  readonly entries: readonly ReportEntry[];
  /** How many more there are. */
  readonly more: number;
}

/** Kinds with at least one entry. */
export function sectionsOf({ counts, entries }: Report, titles: ReportTitles): ReportSection[] {
  return Object.entries(titles).flatMap(([kind, title]) => {
    const count = counts[kind] ?? 0;
    const own = entries.filter((entry) => entry.kind === kind);
    return count === 0 ? [] : [{ kind, title, count, entries: own, more: leftOf(count, own) }];
  });
}

/** How many things the entries do not include. */
function leftOf(count: number, told: readonly ReportEntry[]): number {
  return Math.max(0, count - told.reduce((sum, entry) => sum + entry.count, 0));
}

export function reportMarkdown(report: Report, titles: ReportTitles): string {
  const scope = report.since === null ? '' : `, failed since ${report.since}`;
  const lines = [`# Carryover: ${totalOf(report)} things need a person`, '', `Made ${report.at}${scope}.`];
  for (const { title, count, entries, more } of sectionsOf(report, titles)) {
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
