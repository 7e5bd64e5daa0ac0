import type { Logger } from 'pino';
import type { AlertSource } from '../../activities/engine/alert-source.js';
import { waitAfter } from '../../domain/engine/alerts/alert.js';
import type { Clock } from '../../domain/engine/clock.js';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import type { WorkerMetrics } from '../../gateways/metrics/worker-metrics.js';
import {
  claimDeliveries,
  markNotSent,
  markSent,
  readUndelivered,
} from '../../gateways/store/alerts/deliveries.js';
import { beginLook, endLook } from '../../gateways/store/alerts/looks.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import type { AlertDestination } from './alert-destinations.js';

const EVERY_MS = 5_000;
/** Looks take at most a twentieth of the time: they read the failures of all migrations. */
const LOOK = { everyMs: 20_000, timesItsLength: 20, atMostMs: 600_000 };

export interface KeepAlerts {
  readonly pool: Pool;
  /** By kind; undefined for kinds that are off. */
  readonly sources: Readonly<Record<string, AlertSource | undefined>>;
  readonly destinations: readonly AlertDestination[];
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn'>;
  readonly clock: Clock;
  readonly metrics: Pick<WorkerMetrics, 'alertsUndelivered'>;
}

/**
 * Alerts people and programs at once when something needs a person, once for each problem until it is resolved. Does nothing without a destination.
 * Returns a function that stops it, and waits for the message that is on its way.
 */
export function keepAlerts(options: KeepAlerts): () => Promise<void> {
  if (options.destinations.length === 0) return async () => undefined;
  const stopped = new AbortController();
  let round: Promise<void> | undefined;
  const begin = (): void => {
    round ??= alertRound(options, stopped.signal).finally(() => (round = undefined));
  };
  begin();
  const stop = options.clock.every(EVERY_MS, begin, { ref: false });
  return async () => {
    stop();
    stopped.abort();
    await round;
  };
}

/**
 * 1. Each kind of which a look is due is looked at, by one worker: alerts are raised and resolved in one transaction with their messages.
 * 2. Messages that are due are claimed, sent, and marked. A process that dies in between leaves a claim that ends by itself; the message is then sent
 *    again with the same id.
 *
 * Never throws.
 */
export async function alertRound(options: KeepAlerts, stop: AbortSignal): Promise<void> {
  for (const [kind, source] of Object.entries(options.sources))
    if (source !== undefined && !stop.aborted) await look(options, kind, source);
  await Promise.all(options.destinations.map((destination) => deliver(options, destination, stop)));
}

async function look(
  { pool, destinations, logger, clock }: KeepAlerts,
  kind: string,
  source: AlertSource,
): Promise<void> {
  try {
    const lease = await beginLook(pool, kind);
    if (lease === undefined) return;
    const began = clock.elapsed();
    const conditions = await source.find();
    const again = Math.max(LOOK.everyMs, (clock.elapsed() - began) * LOOK.timesItsLength);
    const changed = await endLook(pool, {
      ...{ kind, lease, conditions, flickering: source.flickering },
      destinations,
      againAfterMs: Math.min(again, LOOK.atMostMs),
    });
    if (changed === undefined)
      logger.warn({ kind }, 'the check for alerts took too long; another check has begun');
    else if (changed.raised + changed.resolved > 0)
      logger.info({ kind, ...changed }, 'alerts were raised or resolved');
  } catch (error) {
    tellTrouble(logger, error, `could not check for alerts (${kind})`);
  }
}

async function deliver(
  { pool, logger, metrics }: KeepAlerts,
  destination: AlertDestination,
  stop: AbortSignal,
): Promise<void> {
  const { name, mostAlerts } = destination;
  try {
    while (!stop.aborted) {
      const claimed = await claimDeliveries(pool, name, mostAlerts);
      if (claimed.length === 0) break;
      const failed = await destination.send(claimed).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failed === undefined) {
        await markSent(pool, name, claimed);
        continue;
      }
      // One that it never takes goes to the end of the queue, so the others are tried in later rounds.
      await markNotSent(pool, name, claimed, failedTry(claimed, failed));
      logger.warn({ destination: name, alerts: claimed.length, err: failed }, 'alerts were not accepted');
      break;
    }
    for (const { count, seconds } of await readUndelivered(pool, [name]))
      metrics.alertsUndelivered(name, count, seconds);
  } catch (error) {
    tellTrouble(logger, error, `alerts could not be sent (${name})`);
  }
}

function failedTry(claimed: readonly { readonly tries: number }[], error: unknown) {
  const retryAfter = error instanceof CarryoverError ? error.options.retryAfterSeconds : undefined;
  const tries = Math.max(...claimed.map((each) => each.tries));
  return {
    waitSeconds: waitAfter(tries, retryAfter),
    failure: error instanceof CarryoverError ? error.message : 'It could not be sent.',
  };
}

/** A store or a target that does not answer is reported elsewhere. */
function tellTrouble(logger: KeepAlerts['logger'], error: unknown, what: string): void {
  const isAway =
    error instanceof CarryoverError &&
    (error.type === 'StoreUnavailable' || error.type === 'TargetUnavailable');
  logger[isAway ? 'debug' : 'warn']({ err: error }, what);
}
