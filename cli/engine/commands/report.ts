import type { KindAtApi } from '../command-line.js';
import { type KindReport, textIn } from '../kind.js';
import { table } from '../terminal/table.js';
import type { Printer } from '../terminal/output.js';
import { CommandError, EXIT, type Terminal } from '../terminal/terminal.js';
import { moment, oneLine } from '../terminal/words.js';

export interface ReportCommand {
  /** A time (ISO 8601), or how long ago: 90m, 12h, 7d. */
  readonly since?: string;
  readonly slack: boolean;
}

/** Prints what needs a person in all of a kind's migrations, and sends it to Slack if asked. @throws ConfigurationError without a webhook. */
export async function report(
  { api, kind }: KindAtApi,
  { since, slack }: ReportCommand,
  printer: Printer | 'markdown',
  { out, environment, clock }: Terminal,
): Promise<void> {
  const shown = await kind.report?.();
  if (shown === undefined && (slack || printer === 'markdown'))
    throw new CommandError(`The report of the kind ${kind.name} is a table, JSON or YAML.`, EXIT.usage);
  const send = slack && shown ? await slackSender(environment, shown) : undefined;
  const found = await api.get<object>(kind.calls.report, {
    since: since === undefined ? undefined : timeOf(since, clock.now()),
  });
  if (printer === 'markdown') out.write(shown?.markdown(found) ?? '');
  else await printer.show(found, () => (shown?.table ?? plainTable)(found, printer.width));
  await send?.(found);
}

/** Loads Slack's client on demand. @throws ConfigurationError without a webhook. */
async function slackSender(
  environment: Terminal['environment'],
  { slack }: KindReport,
): Promise<(found: object) => Promise<void>> {
  const { readSlackWebhook } = await import('../../environment/operator.js');
  const { postToSlack } = await import('../../../gateways/slack/webhook.js');
  const webhook = readSlackWebhook(environment);
  return async (found) => {
    try {
      await postToSlack(webhook, slack(found));
    } catch (error) {
      throw new CommandError(`${(error as Error).message} Check REPORT_SLACK_WEBHOOK_URL.`);
    }
  };
}

interface PlainReport {
  readonly counts: Readonly<Record<string, number>>;
  readonly entries: readonly {
    readonly kind: string;
    readonly what: string;
    readonly since: string;
    readonly message: string;
    readonly command: string;
  }[];
}

function plainTable(found: object, width?: number): string[] {
  const { counts, entries } = found as PlainReport;
  const failed = Object.entries(counts).filter(([, count]) => count > 0);
  if (failed.length === 0) return ['Nothing needs a person.'];
  const rows = entries.map((entry) => [
    textIn(entry, 'key'),
    oneLine(entry.what),
    moment(entry.since),
    oneLine(entry.message),
    entry.command,
  ]);
  return [
    ...failed.map(([what, count]) => `${what}: ${count}`),
    '',
    ...table(['KEY', 'WHAT', 'SINCE', 'WHY', 'COMMAND'], rows, width),
  ];
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Answers ISO 8601, UTC. */
function timeOf(text: string, now: number): string {
  const [, amount, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const time = amount === undefined ? Date.parse(text) : now - Number(amount) * (UNITS[unit] ?? 0);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new CommandError(
    `"${text}" is not a time: --since takes a time such as 2026-03-01T10:00:00Z, or how long ago: 90m, 12h, 7d.`,
    EXIT.usage,
  );
}
