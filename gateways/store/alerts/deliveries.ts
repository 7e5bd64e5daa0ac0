/** Messages about alerts, and their delivery to each destination. */

import type { AlertMessage, DestinationName } from '../../../domain/engine/alerts/alert.js';
import { ask } from '../sql/ask.js';
import type { Pool } from '../sql/transaction.js';

/** SQL. Longer than a delivery may take. A claim that is older belongs to a dead process, and its message is sent again. */
export const CLAIMED_FOR = "interval '2 minutes'";

export interface ClaimedAlert extends AlertMessage {
  /** This one included. */
  readonly tries: number;
}

const CLAIM = `
  WITH due AS (
    SELECT alert_id, event FROM carryover.alert_deliveries
    WHERE destination = $1 AND sent_at IS NULL AND next_try_at <= clock_timestamp()
    ORDER BY next_try_at, alert_id LIMIT $2 FOR UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE carryover.alert_deliveries d SET tries = tries + 1, next_try_at = clock_timestamp() + ${CLAIMED_FOR}
    FROM due WHERE d.destination = $1 AND (d.alert_id, d.event) = (due.alert_id, due.event) RETURNING d.alert_id, d.event, d.tries
  )
  SELECT a.id::text AS "alertId", c.event, a.public_id::text AS "publicId", a.kind, a.told, c.tries,
    CASE c.event WHEN 'raised' THEN a.raised_at ELSE a.resolved_at END AS at
  FROM claimed c JOIN carryover.alerts a ON a.id = c.alert_id ORDER BY a.id`;

/**
 * Claims due messages, at most `most`, so that no other process sends them meanwhile. If the process dies before it records the outcome, the
 * message is sent again, with the same message id. Throws StoreUnavailable.
 */
export function claimDeliveries(
  pool: Pool,
  destination: DestinationName,
  most: number,
): Promise<ClaimedAlert[]> {
  return ask<ClaimedAlert & object>(pool, CLAIM, [destination, most]);
}

/** SQL: whether a message of $1 is unsent, and has one of the ids $2 with the event of the same place in $3. */
const IS_CLAIMED = `
  destination = $1 AND sent_at IS NULL AND (alert_id, event) IN (SELECT * FROM unnest($2::bigint[], $3::text[]))`;

function valuesOf(destination: DestinationName, alerts: readonly ClaimedAlert[]): unknown[] {
  return [destination, alerts.map(({ alertId }) => alertId), alerts.map(({ event }) => event)];
}

export async function markSent(
  pool: Pool,
  destination: DestinationName,
  alerts: readonly ClaimedAlert[],
): Promise<void> {
  await ask(
    pool,
    `UPDATE carryover.alert_deliveries SET sent_at = clock_timestamp(), failure = NULL WHERE ${IS_CLAIMED}`,
    valuesOf(destination, alerts),
  );
}

export interface FailedTry {
  readonly waitSeconds: number;
  /** Without the destination's address, which may be a secret. */
  readonly failure: string;
}

export async function markNotSent(
  pool: Pool,
  destination: DestinationName,
  alerts: readonly ClaimedAlert[],
  { waitSeconds, failure }: FailedTry,
): Promise<void> {
  await ask(
    pool,
    `UPDATE carryover.alert_deliveries SET next_try_at = clock_timestamp() + make_interval(secs => $4), failure = $5
     WHERE ${IS_CLAIMED}`,
    [...valuesOf(destination, alerts), waitSeconds, failure],
  );
}

export interface Undelivered {
  readonly destination: DestinationName;
  readonly count: number;
  /** How long the oldest has waited. */
  readonly seconds: number;
  /** The latest error of the message that has failed most often; null if none has failed. */
  readonly failure: string | null;
}

/** The undelivered messages of each destination. Throws StoreUnavailable. */
export function readUndelivered(
  pool: Pool,
  destinations: readonly DestinationName[],
): Promise<Undelivered[]> {
  return ask<Undelivered & object>(
    pool,
    `SELECT n.destination, count(d.alert_id)::int AS count,
       coalesce(extract(epoch FROM clock_timestamp() - min(d.created_at)), 0)::float8 AS seconds,
       (array_agg(d.failure ORDER BY d.failure IS NULL, d.tries DESC))[1] AS failure
     FROM unnest($1::text[]) AS n (destination)
     LEFT JOIN carryover.alert_deliveries d ON d.destination = n.destination AND d.sent_at IS NULL
     GROUP BY n.destination ORDER BY n.destination`,
    [destinations],
  );
}
