/** The worker's side of Temporal: one process serves three task queues, so that imports never make a short call wait. */

import {
  type LogLevel,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Clock } from '../../domain/engine/clock.js';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import { Unusable } from '../../domain/engine/unusable.js';
import { systemClock } from '../clock.js';
import { DEFAULT_ADDRESS, connectConfig } from './connect-config.js';
import { dataConverter } from './encryption/data-converter.js';
import type { PayloadKeys } from './encryption/keys.js';
import { readWorkflowBundle } from './encryption/workflow-bundle.js';
import type { WorkerMetrics } from './metrics.js';

type Activities = Readonly<Record<string, unknown>>;

export interface WorkersOptions {
  /** Temporal's own environment configuration: address, namespace, TLS, API key. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workflowBundlePath: string;
  readonly callActivities: Activities;
  readonly importActivities: Activities;
  readonly logger: Logger;
  /** Temporal's own metrics are shown in Prometheus' format at this address, where one is given. */
  readonly metricsAddress?: string | undefined;
  /** Shown there too, for as long as the workers run. */
  readonly metrics: WorkerMetrics;
  /** A cheap call with a deadline; throws Unusable. */
  readonly ping: (timeoutMs: number) => Promise<void>;
  /** Told once tasks are taken. */
  readonly onReady: () => void;
  /** Where given, what Temporal stores of inputs, results and failures is encrypted. */
  readonly payloadKeys?: PayloadKeys | undefined;
  readonly clock?: Clock;
}

/** How long a batch and the release of its leases may take once the process is told to end. */
const SHUTDOWN_GRACE = '20s';
const PING_TIMEOUT_MS = 5_000;
const RECONNECT_MILLISECONDS = [500, 1_000, 2_000, 5_000];

/**
 * Serves the three task queues until the process gets SIGTERM or SIGINT, then ends after the batches under way.
 * Waits for a Temporal that does not answer yet. Throws when the server refuses us; Unusable where it lacks what we need.
 */
export async function runWorkers(options: WorkersOptions): Promise<void> {
  const { connectionOptions, namespace } = connectConfig(options.environment);
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGTERM', onSignal).once('SIGINT', onSignal);
  const connection = await connectPatiently(connectionOptions, options, stop.signal);
  if (connection === undefined) return;
  try {
    const workers = await createWorkers(connection, namespace, options);
    options.metrics.showBy(Runtime.instance().metricMeter);
    options.logger.info({ queues: Object.values(TASK_QUEUES), namespace }, 'the worker is ready');
    options.onReady();
    await runTogether(workers);
  } finally {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
    // The runtime ends with its last connection; whoever asks for its meter later makes another, which keeps the process alive.
    options.metrics.showBy(undefined);
    await connection.close();
  }
}

async function connectPatiently(
  connectionOptions: ReturnType<typeof connectConfig>['connectionOptions'],
  options: WorkersOptions,
  stop: AbortSignal,
): Promise<NativeConnection | undefined> {
  for (let tries = 0; !stop.aborted; tries += 1) {
    try {
      // A frozen server takes connections and says nothing more: only this has a deadline.
      await options.ping(PING_TIMEOUT_MS);
      // It ends with its last connection: without any it would keep the process alive.
      installRuntime(options);
      return await NativeConnection.connect(connectionOptions);
    } catch (error) {
      if (error instanceof Unusable && error.lasting) throw error;
      const address = connectionOptions.address ?? DEFAULT_ADDRESS;
      options.logger[tries === 0 ? 'warn' : 'debug'](
        { address, error: String(error) },
        'Temporal does not answer yet; check TEMPORAL_ADDRESS if it stays so',
      );
      const wait = RECONNECT_MILLISECONDS[Math.min(tries, RECONNECT_MILLISECONDS.length - 1)] ?? 0;
      await (options.clock ?? systemClock).sleep(wait);
    }
  }
  return undefined;
}

async function createWorkers(
  connection: NativeConnection,
  namespace: string,
  options: WorkersOptions,
): Promise<readonly Worker[]> {
  const converter = dataConverter(options.payloadKeys);
  const shared = {
    connection,
    namespace,
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: '40s',
    ...(converter === undefined ? {} : { dataConverter: converter }),
  } as const;
  return Promise.all([
    Worker.create({
      ...shared,
      taskQueue: TASK_QUEUES.workflows,
      workflowBundle: await readWorkflowBundle(options.workflowBundlePath, options.payloadKeys),
      // After a crash the next worker gets the workflow's task this much later; the default is ten seconds.
      stickyQueueScheduleToStartTimeout: '3s',
    }),
    Worker.create({
      ...shared,
      taskQueue: TASK_QUEUES.calls,
      activities: options.callActivities,
      maxConcurrentActivityTaskExecutions: 50,
    }),
    Worker.create({
      ...shared,
      taskQueue: TASK_QUEUES.imports,
      activities: options.importActivities,
      // Lanes share the thread and the slices of their process: more slots would make none of them faster.
      maxConcurrentActivityTaskExecutions: 8,
      // Whoever has waited longest gets the next task. With several polls of each process, the lanes of a brand would all go to one.
      activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 },
    }),
  ]);
}

/** When one of them cannot go on, none should: the process ends and is started anew by whoever runs it. */
async function runTogether(workers: readonly Worker[]): Promise<void> {
  const runs = workers.map((worker) => worker.run());
  try {
    await Promise.all(runs);
  } catch (error) {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.allSettled(runs);
    throw error;
  }
}

let runtimeInstalled = false;

/** Must happen before any connection, and can happen once only. */
function installRuntime({ logger, metricsAddress }: WorkersOptions): void {
  if (runtimeInstalled) return;
  runtimeInstalled = true;
  const log = (level: LogLevel, message: string, meta?: object) => {
    const method = level.toLowerCase() as Lowercase<LogLevel>;
    logger[method](meta ?? {}, message);
  };
  Runtime.install({
    logger: {
      log,
      trace: (message, meta) => log('TRACE', message, meta),
      debug: (message, meta) => log('DEBUG', message, meta),
      info: (message, meta) => log('INFO', message, meta),
      warn: (message, meta) => log('WARN', message, meta),
      error: (message, meta) => log('ERROR', message, meta),
    },
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      ...(metricsAddress === undefined ? {} : { metrics: { prometheus: { bindAddress: metricsAddress } } }),
    },
  });
}
