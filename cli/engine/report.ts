import {
  type Report,
  reportMarkdown,
  sectionsOf,
  totalOf,
  waivedInWords,
} from '../../domain/engine/report.js';
import { slackMessage } from '../../domain/engine/report-slack.js';
import { moment, oneLine } from './words.js';
import type { ApiClient } from './api-client.js';
import { table } from './table.js';
import { CommandError, EXIT, print, type Terminal } from './terminal.js';

export const REPORT_FORMATS = ['table', 'json', 'markdown'] as const;

export interface ReportCommand {
  /** A time (ISO 8601), or how long ago: 90m, 12h, 7d. */
  readonly since?: string;
  readonly format: string;
  readonly slack: boolean;
}

/** What needs a person, of all accounts; to Slack too when asked for. @throws ConfigurationError when there is no webhook. */
export async function report(
  api: ApiClient,
  { since, format, slack }: ReportCommand,
  { out, environment, clock }: Terminal,
): Promise<void> {
  const send = slack ? await slackSender(environment) : undefined;
  const found = await api.get<Report>('/v2/report', {
    since: since === undefined ? undefined : timeOf(since, clock.now()),
  });
  if (format === 'json') print(out, JSON.stringify(found, undefined, 2));
  else if (format === 'markdown') out.write(reportMarkdown(found));
  else print(out, ...reportTable(found, out.columns));
  await send?.(found);
}

/** What it takes is loaded only here. @throws ConfigurationError when there is no webhook. */
async function slackSender(environment: Terminal['environment']): Promise<(found: Report) => Promise<void>> {
  const { readSlackWebhook } = await import('../environment/operator.js');
  const { postToSlack } = await import('../../gateways/slack/webhook.js');
  const webhook = readSlackWebhook(environment);
  return async (found) => {
    try {
      await postToSlack(webhook, slackMessage(found));
    } catch (error) {
      throw new CommandError(`${(error as Error).message} Check REPORT_SLACK_WEBHOOK_URL.`);
    }
  };
}

export function reportTable(found: Report, width?: number): string[] {
  const waived = found.waived > 0 ? [waivedInWords(found)] : [];
  if (totalOf(found) === 0) return ['Nothing needs a person.', ...waived];
  const sections = sectionsOf(found).flatMap(({ title, count, entries, more }) => [
    `${title}: ${count}`,
    ...table(
      ['ACCOUNT', 'WHAT', 'SINCE', 'WHY', 'COMMAND'],
      entries.map((entry) => [
        oneLine(entry.account_id),
        oneLine(entry.what),
        moment(entry.since),
        oneLine(entry.message),
        entry.command,
      ]),
      width,
    ),
    ...(more > 0 ? [`and ${more} more`] : []),
    '',
  ]);
  return [...sections, ...waived];
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** ISO 8601, UTC. */
function timeOf(text: string, now: number): string {
  const [, amount, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const time = amount === undefined ? Date.parse(text) : now - Number(amount) * (UNITS[unit] ?? 0);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new CommandError(
    `"${text}" is no time: --since takes one as 2026-03-01T10:00:00Z, or how long ago as 90m, 12h, 7d.`,
    EXIT.usage,
  );
}
