import type { Clock } from '../../../domain/engine/clock.js';
import { slackMessage } from '../../../domain/engine/failures/report-slack.js';
import { REPORT_TITLES } from '../../../domain/conversations/report.js';
import { totalOf } from '../../../domain/engine/failures/report.js';
import { postToSlack } from '../../../gateways/slack/webhook.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { readReport } from '../../../gateways/store/conversations/status/report.js';
import type { OperationCalls } from './types.js';

export interface SendReportDependencies {
  readonly store: Pick<Store, 'pool'>;
  readonly clock: Clock;
  /** REPORT_SLACK_WEBHOOK_URL; without it the report is only logged. */
  readonly slackWebhookUrl?: string | undefined;
  readonly logger: { info(facts: object, message: string): void };
}

export function createSendReport({
  store,
  clock,
  slackWebhookUrl,
  logger,
}: SendReportDependencies): OperationCalls['sendReport'] {
  return async () => {
    const report = await readReport(store.pool, { clock });
    logger.info({ counts: report.counts }, 'Report of what needs a person');
    if (slackWebhookUrl !== undefined)
      await postToSlack(slackWebhookUrl, slackMessage(report, REPORT_TITLES));
    return { entries: totalOf(report) };
  };
}
