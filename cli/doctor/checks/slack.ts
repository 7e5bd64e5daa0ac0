import { postToSlack } from '../../../gateways/slack/webhook.js';
import { readSlackWebhook } from '../../environment/operator.js';
import { type Check, ok, warning } from '../check.js';

const SHAPE = /^https:\/\/hooks\.slack(-gov)?\.com\/(services|workflows|triggers)\/[\w/-]+$/;

/** The form of Slack's webhook. A message is sent only with `--send`. */
export const slack: Check = {
  name: 'slack',
  advice: 'Check REPORT_SLACK_WEBHOOK_URL.',
  async run({ environment, send }) {
    if (!environment['REPORT_SLACK_WEBHOOK_URL']?.trim())
      return [ok('REPORT_SLACK_WEBHOOK_URL is not set: reports do not go to Slack.')];
    const webhook = readSlackWebhook(environment);
    const shape = SHAPE.test(webhook)
      ? ok("The webhook has the form of Slack's.")
      : warning(
          "REPORT_SLACK_WEBHOOK_URL is not one of Slack's addresses.",
          'Copy the address https://hooks.slack.com/services/… of the incoming webhook, unless it is a relay of yours.',
        );
    if (!send) return [shape];
    const text = 'carryover doctor --send: this installation can post its reports here.';
    await postToSlack(webhook, { text, blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }] });
    return [shape, ok('Slack has accepted a message.')];
  },
};
