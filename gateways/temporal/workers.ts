/** The worker side of Temporal: one process serves the configured task queues. */

import {
  type LogLevel,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  type Worker,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Clock } from '../../domain/engine/clock.js';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import { Unusable } from '../../domain/engine/unusable.js';
import { systemClock } from '../clock.js';
import { DEFAULT_ADDRESS, connectConfig } from './connect-config.js';
import { createWorkers, type QueueOptions } from './queue-workers.js';

export interface WorkersOptions extends QueueOptions {
  /** Temporal's own environment configuration: address, namespace, TLS, API key. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  /** The address for Temporal's metrics in Prometheus format; undefined disables it. */
  readonly metricsAddress?: string | undefined;
  /** A cheap call with a deadline. Throws Unusable. */
  readonly ping: (timeoutMs: number) => Promise<void>;
  /** Called once the workers poll for tasks. */
  readonly onReady: () => void;
  readonly clock?: Clock;
}

const PING_TIMEOUT_MS = 5_000;
const RECONNECT_MILLISECONDS = [500, 1_000, 2_000, 5_000];

/**
 * Serves the task queues until SIGTERM or SIGINT, then ends after the running batches. Waits for a Temporal server that is not available yet.
 * Throws when the server rejects us; Unusable when it lacks what we need.
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
    options.logger.info(
      { queues: options.queues.map((queue) => TASK_QUEUES[queue]), namespace, ...options.deployment },
      'the worker is ready',
    );
    options.onReady();
    await runTogether(workers);
  } finally {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
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
      // A frozen server accepts connections without answering; only the ping has a deadline.
      await options.ping(PING_TIMEOUT_MS);
      // Installed late, because the runtime ends with its last connection and would otherwise keep the process alive.
      installRuntime(options);
      return await NativeConnection.connect(connectionOptions);
    } catch (error) {
      if (error instanceof Unusable && error.lasting) throw error;
      const address = connectionOptions.address ?? DEFAULT_ADDRESS;
      options.logger[tries === 0 ? 'warn' : 'debug'](
        { address, error: String(error) },
        'Temporal does not answer yet; check TEMPORAL_ADDRESS if this continues',
      );
      const wait = RECONNECT_MILLISECONDS[Math.min(tries, RECONNECT_MILLISECONDS.length - 1)] ?? 0;
      await (options.clock ?? systemClock).sleep(wait);
    }
  }
  return undefined;
}

/** If one worker fails, all stop: the process ends and its supervisor restarts it. */
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

/** Must run before any connection, and only once. */
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
      ...(metricsAddress === undefined
        ? {}
        : {
            // Named as Prometheus names metrics.
            metrics: {
              prometheus: {
                bindAddress: metricsAddress,
                countersTotalSuffix: true,
                unitSuffix: true,
                useSecondsForDurations: true,
              },
            },
          }),
    },
  });
}
