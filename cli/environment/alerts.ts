import { type Static, Type } from 'typebox';
import { signersOf } from '../../gateways/webhooks/signed.js';
import { readable, type Rule, Url, WebhookSecrets, webhookSecrets, Whole } from './read.js';

/** Where alerts go besides Slack, and which problems cause one. */
export const Alerts = Type.Object({
  CARRYOVER_WEBHOOK_URL: Type.Optional(Url('the address that alerts are posted to, http(s)://…')),
  CARRYOVER_WEBHOOK_SECRETS: Type.Optional(WebhookSecrets('the secrets that alerts are signed with')),
  ALERT_PERCENT: Whole(
    "percent, 0 to 100, of an account's records in quarantine, or of a migration's users who failed, above which an alert is raised",
    0,
    100,
    1,
  ),
});
type AlertsEnvironment = Static<typeof Alerts>;

export const alertsRules: readonly Rule<AlertsEnvironment>[] = [
  ({ isSet }) => {
    const [url, secrets] = ['CARRYOVER_WEBHOOK_URL', 'CARRYOVER_WEBHOOK_SECRETS'] as const;
    if (isSet(url) === isSet(secrets)) return [];
    return isSet(url)
      ? [`${secrets} is missing: alerts to ${url} must be signed.`]
      : [`${url} is missing: ${secrets} sign the messages to it.`];
  },
  readable('CARRYOVER_WEBHOOK_URL', assertNoCredentials),
  readable('CARRYOVER_WEBHOOK_SECRETS', (text) => signersOf(webhookSecrets(text))),
];

function assertNoCredentials(url: string): void {
  const { username, password } = new URL(url);
  if (username + password !== '')
    throw new Error('it must have no user or password. The signature says who sends.');
}

/** Undefined if alerts go to no webhook. */
export function alertWebhookOf({
  CARRYOVER_WEBHOOK_URL: url,
  CARRYOVER_WEBHOOK_SECRETS: secrets,
}: Pick<AlertsEnvironment, 'CARRYOVER_WEBHOOK_URL' | 'CARRYOVER_WEBHOOK_SECRETS'>):
  { readonly url: string; readonly secrets: readonly string[] } | undefined {
  return url === undefined || secrets === undefined ? undefined : { url, secrets: webhookSecrets(secrets) };
}
