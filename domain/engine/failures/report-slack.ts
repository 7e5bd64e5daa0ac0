/** The report as a Slack message. Blocks stay within Slack's limits for any report. */

import {
  type Report,
  type ReportEntry,
  type ReportTitles,
  sectionsOf,
  totalOf,
  waivedInWords,
} from './report.js';
import { type SlackMessage, cut, escaped, slackSection } from './slack-blocks.js';

const ENTRY_LIMIT = 600;

export function slackMessage(report: Report, titles: ReportTitles): SlackMessage {
  const total = totalOf(report);
  const headline =
    total === 0 ? 'Carryover: nothing needs a person' : `Carryover: ${total} things need a person`;
  const sections = sectionsOf(report, titles).map(({ title, count, entries }) =>
    slackSection(
      title,
      count,
      entries.map((entry) => ({ text: entryLine(entry), count: entry.count })),
    ),
  );
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
