import type { DestinationName, RaisedAlert } from '../../domain/engine/alerts/alert.js';
import { alertSlackMessage, webhookBody } from '../../domain/engine/alerts/messages.js';
import type { Clock } from '../../domain/engine/clock.js';
import { postToSlack } from '../../gateways/slack/webhook.js';
import { signedWebhook } from '../../gateways/webhooks/signed.js';

/** Where alerts are told. */
export interface AlertDestination {
  readonly name: DestinationName;
  /** Of one message. */
  readonly mostAlerts: number;
  /** Sends one message about these. Throws CarryoverError `ReportsUnavailable` if it is not taken. */
  send(alerts: readonly RaisedAlert[]): Promise<void>;
}

export interface AlertDestinations {
  readonly webhook: { readonly url: string; readonly secrets: readonly string[] } | undefined;
  readonly slackWebhookUrl: string | undefined;
  /** Where the dashboard is. */
  readonly publicUrl: string;
  readonly clock: Clock;
}

/** Programs get a message for each alert, people one for all that are due. */
export function alertDestinations(given: AlertDestinations): AlertDestination[] {
  const { webhook, slackWebhookUrl, publicUrl, clock } = given;
  const destinations: AlertDestination[] = [];
  if (webhook !== undefined) {
    const send = signedWebhook({ ...webhook, clock });
    destinations.push({
      name: 'webhook',
      mostAlerts: 1,
      async send(alerts) {
        for (const alert of alerts) await send({ id: alert.messageId, body: webhookBody(alert, publicUrl) });
      },
    });
  }
  if (slackWebhookUrl !== undefined)
    destinations.push({
      name: 'slack',
      mostAlerts: 1_000,
      send: (alerts) => postToSlack(slackWebhookUrl, alertSlackMessage(alerts, publicUrl)),
    });
  return destinations;
}
