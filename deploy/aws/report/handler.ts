/** The daily report as a Lambda function: to Slack where a webhook is named, and to a CloudWatch metric for each kind. */

import pg from 'pg';
import { REPORT_KINDS, type Report, totalOf } from '../../../domain/engine/report.js';
import { slackMessage } from '../../../domain/engine/report-slack.js';
import { readSecret } from '../../../gateways/aws/secret.js';
import { postToSlack } from '../../../gateways/slack/webhook.js';
import { readReport } from '../../../gateways/store/conversations/status/report.js';

export interface ReportLambdaOptions {
  readonly databaseUrl: string;
  readonly slackWebhookUrl?: string | undefined;
  /** Of the metrics. */
  readonly namespace: string;
  /** Takes one line. */
  write(line: string): void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 60_000;

/**
 * Metrics first: they are there also when Slack is not. What cannot be read or sent is thrown, so that Lambda counts an error and
 * tries again.
 */
export async function report(options: ReportLambdaOptions): Promise<{ readonly things: number }> {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'carryover-report',
    max: 1,
  });
  pool.on('error', () => undefined);
  try {
    const found = await readReport(pool);
    for (const line of metricLines(found, options.namespace)) options.write(line);
    if (options.slackWebhookUrl !== undefined)
      await postToSlack(options.slackWebhookUrl, slackMessage(found));
    return { things: totalOf(found) };
  } finally {
    await pool.end();
  }
}

/** CloudWatch's embedded metric format: a line of JSON in the log is a metric, zero too, so that alarms see a mend. */
function metricLines({ at, counts }: Report, namespace: string): string[] {
  return REPORT_KINDS.map((kind) =>
    JSON.stringify({
      _aws: {
        Timestamp: Date.parse(at),
        CloudWatchMetrics: [
          {
            Namespace: namespace,
            Dimensions: [['Kind']],
            Metrics: [{ Name: 'NeedsAPerson', Unit: 'Count' }],
          },
        ],
      },
      Kind: kind,
      NeedsAPerson: counts[kind],
    }),
  );
}

/** What Lambda calls. Secrets are read with each run: they are in no environment, and one that was rotated holds at once. */
export async function handler(): Promise<{ readonly things: number }> {
  const {
    DATABASE_URL_SECRET: database,
    REPORT_SLACK_WEBHOOK_URL_SECRET: slack,
    METRICS_NAMESPACE,
  } = process.env;
  if (!database) {
    throw new Error(
      'DATABASE_URL_SECRET is missing: the ARN of the secret whose text is the DATABASE_URL of the store.',
    );
  }
  const [databaseUrl, slackWebhookUrl] = await Promise.all([
    readSecret(database),
    slack ? readSecret(slack) : undefined,
  ]);
  return report({
    databaseUrl,
    slackWebhookUrl,
    namespace: METRICS_NAMESPACE || 'Carryover',
    write: (line) => void process.stdout.write(`${line}\n`),
  });
}
