import type { AlertEvent, AlertMessage, DestinationName } from '../../domain/engine/alerts/alert.js';
import { alertSlackMessage, webhookMessage } from '../../domain/engine/alerts/messages.js';
import type { Clock } from '../../domain/engine/clock.js';
import { postToSlack } from '../../gateways/slack/webhook.js';
import { signedWebhook } from '../../gateways/webhooks/signed.js';

/** Where alerts are sent. */
export interface AlertDestination {
  readonly name: DestinationName;
  readonly events: readonly AlertEvent[];
  /** Of one message. */
  readonly mostAlerts: number;
  /** Sends one message about these. Throws CarryoverError `ReportsUnavailable` if it is not taken. */
  send(alerts: readonly AlertMessage[]): Promise<void>;
}

export interface AlertDestinations {
  readonly webhook: { readonly url: string; readonly secrets: readonly string[] } | undefined;
  readonly slackWebhookUrl: string | undefined;
  /** Where the dashboard is. */
  readonly publicUrl: string;
  readonly clock: Clock;
}

/** Programs get a message for each alert, and another when it is resolved; people one for all that are due. */
export function alertDestinations(given: AlertDestinations): AlertDestination[] {
  const { webhook, slackWebhookUrl, publicUrl, clock } = given;
  const destinations: AlertDestination[] = [];
  if (webhook !== undefined) {
    const send = signedWebhook({ ...webhook, clock });
    destinations.push({
      name: 'webhook',
      events: ['raised', 'resolved'],
      mostAlerts: 1,
      async send(alerts) {
        for (const alert of alerts) await send(webhookMessage(alert, publicUrl));
      },
    });
  }
  if (slackWebhookUrl !== undefined)
    destinations.push({
      name: 'slack',
      events: ['raised'],
      mostAlerts: 1_000,
      send: (alerts) => postToSlack(slackWebhookUrl, alertSlackMessage(alerts, publicUrl)),
    });
  return destinations;
}
