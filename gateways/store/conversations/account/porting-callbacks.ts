import type pg from 'pg';
import type { CarrierStatus, PortingState } from '../../../../domain/conversations/porting.js';
import { FORGET_CHUNK, forgetInChunks } from '../../migrations/retention.js';
import type { Transaction } from '../../sql/transaction.js';

/** A callback of the carrier with a verified signature. */
export interface PortingCallback {
  readonly webhookId: string;
  readonly portOrderId: string;
  readonly channelId: string;
  readonly phoneNumber: string;
  readonly status: CarrierStatus;
  readonly reason: string | null;
  /** The body's own time, at most the time of sending; ISO 8601 with milliseconds, UTC. */
  readonly at: string;
}

/** The port that a callback concerns. */
export interface KnownPort {
  readonly accountId: string;
  /** The channel that leads the port; its workflow is named after it. */
  readonly leaderChannelId: string;
}

export async function isRepeatedCallback(tx: Transaction, webhookId: string): Promise<boolean> {
  const rows = await tx.rows`SELECT FROM carryover.porting_callbacks WHERE webhook_id = ${webhookId}`;
  return rows.length > 0;
}

/**
 * Finds the port with this order, or else the port to which the order must belong: a callback may arrive before the order's id is recorded. It is
 * then identified by the number and any channel of the account that has it.
 */
export async function findPort(
  tx: Transaction,
  { portOrderId, channelId, phoneNumber }: PortingCallback,
): Promise<KnownPort | undefined> {
  const rows = await tx.rows<{ accountId: string; leaderChannelId: string }>`
    SELECT a.source_id AS "accountId", leader.source_id AS "leaderChannelId"
    FROM phone_portings p JOIN accounts a ON a.id = p.account_id JOIN channels leader ON leader.id = p.channel_id
    WHERE p.port_order_id = ${portOrderId}
      OR (p.port_order_id IS NULL AND p.phone_number = ${phoneNumber} AND EXISTS (
        SELECT 1 FROM channels c JOIN brands b ON b.id = c.brand_id
        WHERE c.source_id = ${channelId} AND b.account_id = p.account_id
          AND (c.id = p.channel_id OR c.phone_number = p.phone_number)))
    ORDER BY p.port_order_id NULLS LAST LIMIT 1`;
  return rows[0];
}

/** False if a callback with this webhook id was recorded before, even concurrently. */
export async function recordCallback(tx: Transaction, callback: PortingCallback): Promise<boolean> {
  const { webhookId, portOrderId, ...body } = callback;
  const written = await tx.run`
    INSERT INTO carryover.porting_callbacks (webhook_id, port_order_id, body)
    VALUES (${webhookId}, ${portOrderId}, ${JSON.stringify(body)}::jsonb) ON CONFLICT DO NOTHING`;
  return written > 0;
}

/** The recorded callbacks of an order, in the order of their arrival. */
export async function callbacksAbout(
  tx: Transaction,
  portOrderId: string,
): Promise<readonly { readonly state: PortingState; readonly reason: string | null }[]> {
  const rows = await tx.rows<{ status: CarrierStatus; at: string; reason: string | null }>`
    SELECT body ->> 'status' AS status, body ->> 'at' AS at, body ->> 'reason' AS reason FROM carryover.porting_callbacks
    WHERE port_order_id = ${portOrderId} ORDER BY received_at, webhook_id`;
  return rows.map(({ status, at, reason }) => ({ state: { status, at }, reason }));
}

/** Days that callbacks are kept. */
export const CALLBACKS_KEPT_DAYS = 30;

/**
 * Removes callbacks that were received so many days ago. Replays are rejected by their timestamp after minutes; the rows are needed for orders
 * that are recorded later than their first callback. Returns the number of removed rows. Throws StoreUnavailable.
 */
export function forgetCallbacks(pool: Pick<pg.Pool, 'query'>, days: number): Promise<number> {
  const statement = `
    DELETE FROM carryover.porting_callbacks WHERE webhook_id IN (
      SELECT webhook_id FROM carryover.porting_callbacks WHERE received_at < now() - make_interval(days => $1)
      LIMIT ${FORGET_CHUNK} FOR UPDATE SKIP LOCKED)`;
  return forgetInChunks(pool, statement, days);
}
