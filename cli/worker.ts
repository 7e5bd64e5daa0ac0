/** `npm run worker`: runs workflows and activities, configured by environment variables alone; SIGTERM ends it after the current batches. */

import { Governor } from '../activities/engine/governing/governor.js';
import { type Budget, CAUTIOUS_SHARE_OF_WHOLE_BATCHES } from '../activities/engine/governing/share.js';
import { Governors, STORE } from '../activities/engine/governing/governors.js';
import { ThrottleNotes } from '../activities/engine/governing/throttle-notes.js';
import { CHATWOOT } from '../activities/inbox/passes.js';
import { createActivities } from '../activities/index.js';
import { createAlertSources } from '../activities/kinds.js';
import { ConfigurationError } from '../domain/engine/configuration-error.js';
import { Unusable } from '../domain/engine/unusable.js';
import { carrierClient } from '../gateways/carrier/client.js';
import { systemClock as clock } from '../gateways/clock.js';
import { conversationsClient } from '../gateways/conversations/client.js';
import { parseAttachmentHosts } from '../gateways/download/hosts.js';
import { openDownloader } from '../gateways/download/download.js';
import { openDumps } from '../gateways/dumps/client.js';
import { tablesCheck } from '../gateways/dynamodb/check.js';
import { openSourceTables } from '../gateways/dynamodb/client.js';
import { objectsCheck } from '../gateways/objects/check.js';
import { openObjectStore } from '../gateways/objects/open.js';
import { openChatwoot } from '../gateways/chatwoot/connect.js';
import { openStore } from '../gateways/store/sql/connect.js';
import { PressureProbe } from '../gateways/store/sql/pressure.js';
import { storeCheck } from '../gateways/store/sql/schema.js';
import { workerMetrics } from '../gateways/metrics/worker-metrics.js';
import { activityFacts } from '../gateways/temporal/activity-facts.js';
import { openWorkflowControl } from '../gateways/temporal/workflow-control.js';
import { runWorkers } from '../gateways/temporal/workers.js';
import { buildId, codeVersion, TRACED_WORKFLOW_BUNDLE, WORKFLOW_BUNDLE } from './code-version.js';
import { alertDestinations } from './worker/alert-destinations.js';
import { keepAlerts } from './worker/keep-alerts.js';
import { keepFollowers } from './worker/keep-followers.js';
import { keepInboxes } from './worker/keep-inboxes.js';
import { keepReportSchedule } from './report-schedule.js';
import { alertWebhookOf } from './environment/alerts.js';
import { followLimitsOf, payloadKeysOf } from './environment/common.js';
import { onboardingSettings } from './environment/onboarding.js';
import { readWorkerEnvironment, workerQueues } from './environment/worker.js';
import { processLog } from './log.js';
import { runProcess } from './process.js';
import { keepHeapSmall } from './small-heap.js';
import { Readiness } from './worker/readiness.js';
import { tracingOf } from './tracing.js';
import { startStatusServer, type StatusServer } from './worker/status-server.js';

/** Concurrent lanes × the connections of each, and some for settling and checking. */
const BULK_CONNECTIONS = 24;

async function main(): Promise<void> {
  keepHeapSmall();
  const environment = readWorkerEnvironment(process.env);
  const logger = processLog({ level: environment.LOG_LEVEL, process: 'worker', facts: activityFacts });
  const payloadKeys = payloadKeysOf(environment);
  const queues = workerQueues(environment.WORKER_QUEUES);
  const deploymentName = environment.WORKER_DEPLOYMENT;
  const deployment = deploymentName === undefined ? undefined : { deploymentName, buildId: buildId() };
  const objects = openObjectStore(environment.ATTACHMENTS_URL);
  const hosts = parseAttachmentHosts(environment.ATTACHMENT_HOSTS);
  const store = openStore(environment.DATABASE_URL, {
    max: BULK_CONNECTIONS,
    applicationName: 'carryover-worker',
  });
  const metrics = workerMetrics();
  const governorOf = (target: string, url: string, budget: Budget, cautiousShare?: number) => () =>
    new Governor({
      ...{ clock, pool: store.pool, budget, cautiousShare },
      probe: new PressureProbe(url, clock),
      metrics: metrics.ofTarget(target),
    });
  const chatwootUrl = environment.CHATWOOT_DATABASE_URL;
  const governors = new Governors({
    [STORE]: governorOf(STORE, environment.DATABASE_URL, {
      commitMs: environment.STORE_COMMIT_BUDGET_MS,
      lagSeconds: environment.STORE_REPLICA_LAG_BUDGET_SECONDS,
    }),
    ...(chatwootUrl !== undefined && {
      [CHATWOOT]: governorOf(
        CHATWOOT,
        chatwootUrl,
        {
          commitMs: environment.CHATWOOT_COMMIT_BUDGET_MS,
          lagSeconds: environment.CHATWOOT_REPLICA_LAG_BUDGET_SECONDS,
        },
        CAUTIOUS_SHARE_OF_WHOLE_BATCHES,
      ),
    }),
  });
  const throttles = new ThrottleNotes({ clock, pool: store.pool });
  const tables = openSourceTables({
    region: environment.AWS_REGION,
    endpoint: environment.DYNAMODB_ENDPOINT,
    roleArn: environment.CONVERSATIONS_ROLE_ARN,
    threadsTable: environment.CONVERSATIONS_THREADS_TABLE,
    messagesTable: environment.CONVERSATIONS_MESSAGES_TABLE,
    onThrottled: (table, read) => {
      metrics.sourceThrottled(table);
      throttles.heard({ source: table, ...read });
    },
  });
  const dumps = openDumps({
    region: environment.AWS_REGION,
    endpoint: environment.AWS_ENDPOINT_URL_S3 ?? environment.AWS_ENDPOINT_URL,
    roleArn: environment.CONVERSATIONS_ROLE_ARN,
  });
  const conversations = conversationsClient({
    baseUrl: environment.CONVERSATIONS_API_URL,
    token: environment.CONVERSATIONS_API_TOKEN,
  });
  const carrier = carrierClient({
    baseUrl: environment.CARRIER_API_URL,
    token: environment.CARRIER_API_TOKEN,
  });
  const download = openDownloader({ hosts });
  const tracing = await tracingOf('worker', environment);
  const workflows = openWorkflowControl({
    environment: process.env,
    payloadKeys,
    interceptors: tracing?.clientInterceptors,
  });
  const settings = onboardingSettings(environment);
  // Redis's client takes 4 MB, so it is loaded only if the kind is on.
  const onboarding =
    settings && (await import('../gateways/onboarding/open.js')).openOnboarding(settings, 'carryover-worker');
  const chatwoot =
    chatwootUrl === undefined
      ? undefined
      : openChatwoot(chatwootUrl, { applicationName: 'carryover-worker' });
  const activities = createActivities({
    onboarding,
    inbox: chatwoot && { chatwoot: chatwoot.pool, batchSize: environment.INBOX_BATCH_SIZE },
    clock,
    store,
    workflows,
    slackWebhookUrl: environment.REPORT_SLACK_WEBHOOK_URL,
    tables,
    dumps,
    governors,
    throttles,
    conversations,
    carrier,
    objects,
    download,
    logger,
    publicUrl: environment.PUBLIC_URL,
    streamsWanted: environment.CONVERSATIONS_STREAMS,
    onFollowed: metrics.followed,
    onCommitted: metrics.committed,
    recentDays: environment.RECENT_DAYS,
    portingPollSeconds: environment.PORTING_POLL_SECONDS,
    code: codeVersion(),
  });
  const readiness = new Readiness(
    {
      store: storeCheck(store.pool),
      temporal: (timeoutMs) => workflows.ping(timeoutMs),
      tables: tablesCheck(tables),
      attachments: objectsCheck(objects),
    },
    logger,
    clock,
    queues,
  );
  let status: StatusServer | undefined;
  let stopSchedule: () => void = () => undefined;
  let stopFollowers: () => void = () => undefined;
  let stopInboxes: () => void = () => undefined;
  let stopAlerts: () => Promise<void> = async () => undefined;
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGTERM', onSignal).once('SIGINT', onSignal);
  try {
    if (environment.METRICS_PORT !== undefined) {
      metrics.describe({
        version: codeVersion().version,
        buildId: deployment?.buildId ?? '',
        queues,
        store,
        isStoreUp: () => readiness.isUp('store'),
        isTemporalUp: () => readiness.isUp('temporal'),
        isPolling: () => readiness.polling,
      });
      status = await startStatusServer(
        { host: environment.METRICS_HOST, port: environment.METRICS_PORT },
        { readiness, metrics },
      );
    }
    if (status) logger.info({ url: status.url }, 'serving metrics and readiness');
    await readiness.untilUsable(stop.signal);
    if (stop.signal.aborted) return;
    stopSchedule = keepReportSchedule(workflows, logger, clock);
    stopFollowers = keepFollowers(
      { pool: store.control, workflows, logger, clock },
      followLimitsOf(environment),
    );
    if (chatwoot !== undefined)
      stopInboxes = keepInboxes({
        store,
        chatwoot,
        logger,
        clock,
        journalDays: environment.INBOX_JOURNAL_DAYS,
      });
    stopAlerts = keepAlerts({
      ...{ pool: store.control, logger, clock, metrics },
      sources: createAlertSources({
        ...{ store: store.pool, chatwoot, isOnboardingOn: onboarding !== undefined },
        percent: environment.ALERT_PERCENT,
      }),
      destinations: alertDestinations({
        webhook: alertWebhookOf(environment),
        slackWebhookUrl: environment.REPORT_SLACK_WEBHOOK_URL,
        publicUrl: environment.PUBLIC_URL,
        clock,
      }),
    });
    await runWorkers({
      environment: process.env,
      queues,
      deployment,
      workflowBundlePath: tracing === undefined ? WORKFLOW_BUNDLE : TRACED_WORKFLOW_BUNDLE,
      tracing: tracing?.workerOptions,
      // Batches of users are imports; their migration's end is a call.
      callActivities: { ...activities.calls, ...activities.onboarding },
      importActivities: { ...activities.imports, ...activities.onboarding },
      followActivities: { ...activities.following },
      logger,
      payloadKeys,
      ping: (timeoutMs) => workflows.ping(timeoutMs),
      onReady: () => (readiness.polling = true),
      metricsAddress: status?.runtimeMetrics,
    });
  } catch (error) {
    throw error instanceof Unusable ? new ConfigurationError([error.message]) : error;
  } finally {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
    await readiness.stop();
    await status?.close();
    stopSchedule();
    stopFollowers();
    stopInboxes();
    await stopAlerts();
    await governors.close();
    await throttles.close();
    tables.close();
    dumps.close();
    const open = [workflows, download, conversations, carrier, store, onboarding, chatwoot];
    await Promise.allSettled(open.filter((each) => each !== undefined).map((each) => each.close()));
    await tracing?.close();
  }
}

runProcess(main);
