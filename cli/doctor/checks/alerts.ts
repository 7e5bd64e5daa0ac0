import { type Static, Type } from 'typebox';
import { DESTINATIONS, type DestinationName } from '../../../domain/engine/alerts/alert.js';
import { timestamp } from '../../../domain/engine/clock.js';
import { readUndelivered, type Undelivered } from '../../../gateways/store/alerts/deliveries.js';
import { openStore } from '../../../gateways/store/sql/connect.js';
import { signedWebhook } from '../../../gateways/webhooks/signed.js';
import { Alerts, alertsRules, alertWebhookOf } from '../../environment/alerts.js';
import { Common } from '../../environment/common.js';
import { readEnvironment } from '../../environment/read.js';
import { type Check, type CheckContext, type Finding, ok, warning, wrong } from '../check.js';

const Needed = Type.Object({ DATABASE_URL: Common.properties.DATABASE_URL, ...Alerts.properties });

const VARIABLES: Readonly<Record<DestinationName, string>> = {
  webhook: 'CARRYOVER_WEBHOOK_URL',
  slack: 'REPORT_SLACK_WEBHOOK_URL',
};
/** A destination that has refused for so long is not just busy. */
const LONG_SECONDS = 900;

/** The webhook of alerts, and whether destinations take them. A message is sent only with `--send`. */
export const alerts: Check = {
  name: 'alerts',
  advice: 'Check CARRYOVER_WEBHOOK_URL, and that its receiver runs.',
  async run(context) {
    const set = DESTINATIONS.filter((name) => context.environment[VARIABLES[name]]?.trim());
    if (set.length === 0)
      return [
        warning(
          'No webhook is set, so no alert is sent when a migration needs a person; only the daily report, if it is set up, says so.',
          'Set CARRYOVER_WEBHOOK_URL and CARRYOVER_WEBHOOK_SECRETS, or REPORT_SLACK_WEBHOOK_URL.',
        ),
      ];
    const environment = readEnvironment(Needed, context.environment, alertsRules);
    return [
      ...(context.send ? await sendTest(context, environment) : []),
      ...(await undelivered(environment.DATABASE_URL, set)),
    ];
  },
};

async function sendTest(
  { clock }: CheckContext,
  environment: Static<typeof Needed>,
): Promise<readonly Finding[]> {
  const webhook = alertWebhookOf(environment);
  if (webhook === undefined) return [];
  const at = timestamp(clock);
  await signedWebhook({ ...webhook, clock })({
    id: `test_${clock.now()}`,
    body: JSON.stringify({ type: 'alert.test', timestamp: at, data: { sent_by: 'carryover doctor --send' } }),
  });
  return [ok('The receiver of the webhook has accepted a message.')];
}

async function undelivered(
  databaseUrl: string,
  destinations: readonly DestinationName[],
): Promise<readonly Finding[]> {
  const store = openStore(databaseUrl, { max: 1, controlMax: 1, applicationName: 'carryover-doctor' });
  try {
    return (await readUndelivered(store.pool, destinations)).map(findingOf);
  } finally {
    await store.close();
  }
}

function findingOf({ destination, count, seconds, failure }: Undelivered): Finding {
  const variable = VARIABLES[destination];
  if (count === 0) return ok(`${variable} has accepted all alerts.`);
  const wait = `${variable}: alerts that wait: ${count}, the oldest for ${Math.ceil(seconds / 60)} minutes.`;
  if (failure === null && seconds < LONG_SECONDS) return ok(wait);
  const what = `${wait} ${failure ?? 'No worker has tried to send it.'}`;
  const fix =
    failure === null
      ? `Check that a worker runs with ${variable}.`
      : `Check ${variable}; alerts are then retried automatically.`;
  return seconds < LONG_SECONDS ? warning(what, fix) : wrong(what, fix);
}
