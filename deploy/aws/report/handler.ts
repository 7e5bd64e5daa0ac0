/** The daily report as a Lambda function: it goes to Slack, if there is a webhook, and to a CloudWatch metric for each kind. */

import pg from 'pg';
import { REPORT_KINDS, REPORT_TITLES, type Report } from '../../../domain/conversations/report.js';
import { totalOf } from '../../../domain/engine/failures/report.js';
import { slackMessage } from '../../../domain/engine/failures/report-slack.js';
import { readSecret } from '../../../gateways/aws/secret.js';
import { postToSlack } from '../../../gateways/slack/webhook.js';
import { readReport } from '../../../gateways/store/conversations/status/report.js';

export interface ReportLambdaOptions {
  readonly databaseUrl: string;
  readonly slackWebhookUrl?: string | undefined;
  /** The namespace of the metrics. */
  readonly namespace: string;
  /** Writes one line of the log. */
  write(line: string): void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 60_000;

/**
 * Reads the report, writes its metrics, then sends it to Slack, so that the metrics exist even if Slack is down. Throws if it cannot be read
 * or sent, so that Lambda counts an error and retries. A second call sends the report again.
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
      await postToSlack(options.slackWebhookUrl, slackMessage(found, REPORT_TITLES));
    return { things: totalOf(found) };
  } finally {
    await pool.end();
  }
}

/** CloudWatch's embedded metric format: each line of JSON in the log is a metric. Zeros are written too, so that alarms see a recovery. */
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

/** The entry point for Lambda. It reads the secrets in each run, so they are in no environment and a rotated one takes effect at once. */
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
