/** The report as a Slack message. Blocks stay within Slack's limits for any report. */

import {
  type Report,
  type ReportEntry,
  type ReportTitles,
  leftOf,
  sectionsOf,
  totalOf,
  waivedInWords,
} from './report.js';

export interface SlackMessage {
  /** For notifications, and clients that cannot show blocks. */
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
}

export type SlackBlock =
  | { readonly type: 'header'; readonly text: { readonly type: 'plain_text'; readonly text: string } }
  | { readonly type: 'section'; readonly text: { readonly type: 'mrkdwn'; readonly text: string } }
  | {
      readonly type: 'context';
      readonly elements: readonly { readonly type: 'mrkdwn'; readonly text: string }[];
    };

/** Slack's limit for the text of a section. A message may have 50 blocks. */
const SECTION_LIMIT = 3_000;
const ENTRY_LIMIT = 600;

export function slackMessage(report: Report, titles: ReportTitles): SlackMessage {
  const total = totalOf(report);
  const headline =
    total === 0 ? 'Carryover: nothing needs a person' : `Carryover: ${total} things need a person`;
  const sections = sectionsOf(report, titles).map((section): SlackBlock => {
    const head = `*${escaped(section.title)}: ${section.count}*`;
    const lines: string[] = [];
    let length = head.length + 40;
    for (const line of section.entries.map(entryLine)) {
      if (length + line.length + 1 > SECTION_LIMIT) break;
      lines.push(line);
      length += line.length + 1;
    }
    const more = leftOf(section.count, section.entries.slice(0, lines.length));
    const text = [head, ...lines, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n');
    return { type: 'section', text: { type: 'mrkdwn', text } };
  });
  const waived = report.waived > 0 ? ` ${waivedInWords(report)}` : '';
  const scope = report.since === null ? 'everything that is unresolved' : `failed since ${report.since}`;
  return {
    text: headline,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: headline } },
      ...sections,
      { type: 'context', elements: [{ type: 'mrkdwn', text: escaped(`${report.at}, ${scope}.${waived}`) }] },
    ],
  };
}

function entryLine({ account_id: account, what, message, command }: ReportEntry): string {
  const told = cut(`• ${escaped(account)}: ${escaped(what)}: ${escaped(message)}`, ENTRY_LIMIT);
  const typed = escaped(command).replaceAll('`', "'");
  return typed.length > ENTRY_LIMIT ? told : `${told}\n\`${typed}\``;
}

function escaped(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function cut(text: string, length: number): string {
  // Half an entity would be shown literally.
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/&[a-z]*$/, '')}…`;
}
