/** Delivers workflow messages: claims, backoff and refusals. */

import type pg from 'pg';
import type { Clock } from '../../../domain/engine/clock.js';
import { systemClock } from '../../clock.js';
import { continuedFrom } from '../../tracing/spans.js';
import { ask } from '../sql/ask.js';
import { REFUSED } from './refused-messages.js';
import type { Named, WorkflowMessage } from './workflow-messages.js';

export interface DeliveryOptions {
  /** Workflows in one round. */
  readonly limit: number;
  /** How long a claim holds. Must exceed the longest delivery; default 15 s. */
  readonly leaseMs?: number;
  readonly clock?: Pick<Clock, 'now'>;
}

/** The message was refused for good. */
export interface Refusal {
  /** The reason, for operators. */
  readonly refused: string;
}

/**
 * Delivers a message. An error leaves the message open; a refusal sets it aside for good. Must send nothing after `claimedUntil` (milliseconds since
 * 1970), when another process may have delivered this message and later ones.
 */
export type Deliver = (message: Named<WorkflowMessage>, claimedUntil: number) => Promise<string | Refusal>;

export interface UndeliveredMessage {
  readonly message: WorkflowMessage;
  /** Failed tries so far. */
  readonly tries: number;
  readonly error: unknown;
}

export interface DeliveryRound {
  /** Delivered or refused messages, which are not tried again. */
  readonly delivered: number;
  readonly errors: readonly UndeliveredMessage[];
}

export interface OutboxStanding {
  readonly waiting: number;
  /** Age of the oldest waiting message in seconds; 0 without any. */
  readonly oldestSeconds: number;
  /** Messages that Temporal refused for good. Removed together with delivered ones. */
  readonly refused: number;
}

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly workflow_id: string;
  readonly signal: string;
  readonly payload: unknown;
  readonly tries: number;
  readonly claim: string;
  readonly traceparent: string | null;
  readonly unit: string | null;
  readonly name: string | null;
  readonly unit_name: string | null;
}

const LEASE_MS = 15_000;
/** The first failure is retried at once; then the wait doubles up to this. */
const MOST_SECONDS = 60;

const OPEN = 'delivered_at IS NULL AND refused_at IS NULL';

/**
 * Delivers each workflow's messages one at a time, in the order in which they were written. Workflows do not wait for each other; messages with fewer
 * failures go first.
 */
const CLAIM = `
  UPDATE carryover.workflow_messages AS m
  SET tries = m.tries + 1, outcome = NULL, next_try_at = clock_timestamp() + make_interval(secs => $2)
  FROM (
    SELECT id FROM carryover.workflow_messages AS due
    WHERE ${OPEN} AND next_try_at <= clock_timestamp() AND NOT EXISTS (
      SELECT 1 FROM carryover.workflow_messages AS earlier
      WHERE earlier.delivered_at IS NULL AND earlier.refused_at IS NULL
        AND earlier.workflow_id = due.workflow_id AND earlier.id < due.id)
    ORDER BY tries, id LIMIT $1
    FOR UPDATE SKIP LOCKED) AS claimed
  WHERE m.id = claimed.id
  RETURNING m.id, m.kind, m.subject, m.workflow_id, m.signal, m.payload, m.tries, m.next_try_at::text AS claim,
    m.traceparent, m.unit, (SELECT nullif(name, '') FROM carryover.migrations n WHERE n.kind = m.kind AND n.subject = m.subject) AS name,
    (SELECT u.name FROM carryover.units u JOIN carryover.migrations n ON n.id = u.migration_id
      WHERE n.kind = m.kind AND n.subject = m.subject AND u.key = m.unit) AS unit_name`;

/** Changes only messages whose claim is unchanged, so a process that was frozen past its claim changes nothing. */
const SETTLE = `
  UPDATE carryover.workflow_messages AS m SET outcome = s.outcome,
    delivered_at = CASE WHEN s.word = 'delivered' THEN now() END,
    refused_at = CASE WHEN s.word = 'refused' THEN now() END,
    next_try_at = CASE WHEN s.word = 'open' THEN clock_timestamp() + make_interval(secs => s.wait) ELSE m.next_try_at END
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::float8[]) AS s (id, claim, outcome, word, wait)
  WHERE m.id = s.id AND m.next_try_at = s.claim::timestamptz AND m.delivered_at IS NULL AND m.refused_at IS NULL`;

/**
 * Runs one round in two statements: claims the first open message of up to `limit` workflows, delivers them, and records the outcomes. No transaction
 * is open during delivery. If the process dies, the messages are delivered again once their claims expire. An error of `deliver` leaves its message
 * open, to be retried at growing intervals. Throws StoreUnavailable.
 */
export async function deliverOpenMessages(
  pool: pg.Pool,
  deliver: Deliver,
  { limit, leaseMs = LEASE_MS, clock = systemClock }: DeliveryOptions,
): Promise<DeliveryRound> {
  const claimedUntil = clock.now() + leaseMs;
  const rows = await ask<Row>(pool, CLAIM, [limit, leaseMs / 1_000]);
  if (rows.length === 0) return { delivered: 0, errors: [] };
  const results = await Promise.allSettled(
    rows.map((row) => continuedFrom(row.traceparent, () => deliver(messageOf(row), claimedUntil))),
  );
  const settled = results.map((result, at) => settlement(result, rows[at]?.tries ?? 1));
  await ask(pool, SETTLE, [
    rows.map(({ id }) => id),
    rows.map(({ claim }) => claim),
    settled.map(({ outcome }) => outcome),
    settled.map(({ word }) => word),
    settled.map(({ wait }) => wait),
  ]);
  const errors = results.flatMap((result, at) => {
    const row = rows[at];
    if (result.status === 'fulfilled' || row === undefined) return [];
    return [{ message: messageOf(row), tries: row.tries, error: result.reason as unknown }];
  });
  return { delivered: rows.length - errors.length, errors };
}

/** Makes messages that failed before due at once, because their receiver is available again. Throws StoreUnavailable. */
export async function retryOpenMessages(pool: pg.Pool): Promise<void> {
  await ask(
    pool,
    `UPDATE carryover.workflow_messages SET next_try_at = clock_timestamp() WHERE ${OPEN} AND outcome IS NOT NULL
       AND next_try_at > clock_timestamp()`,
  );
}

/** Throws StoreUnavailable. */
export async function outboxStanding(pool: pg.Pool): Promise<OutboxStanding> {
  const [row] = await ask<{ waiting: number; oldest: number; refused: number }>(
    pool,
    `SELECT waiting, oldest, (SELECT count(*)::int FROM carryover.workflow_messages WHERE refused_at IS NOT NULL) AS refused
     FROM (SELECT count(*)::int AS waiting, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS oldest
       FROM carryover.workflow_messages WHERE ${OPEN}) AS open`,
  );
  return {
    waiting: row?.waiting ?? 0,
    oldestSeconds: Math.max(0, row?.oldest ?? 0),
    refused: row?.refused ?? 0,
  };
}

interface Settlement {
  readonly outcome: string;
  readonly word: 'delivered' | 'refused' | 'open';
  /** Seconds. */
  readonly wait: number;
}

function settlement(result: PromiseSettledResult<string | Refusal>, tries: number): Settlement {
  if (result.status === 'rejected') {
    const wait = tries === 1 ? 0 : Math.min(2 ** (tries - 2), MOST_SECONDS);
    return { outcome: codeOf(result.reason), word: 'open', wait };
  }
  const { value } = result;
  if (typeof value === 'string') return { outcome: value, word: 'delivered', wait: 0 };
  return { outcome: `${REFUSED}${value.refused}`, word: 'refused', wait: 0 };
}

function messageOf(row: Row): Named<WorkflowMessage> {
  return {
    migration: { kind: row.kind, subject: row.subject },
    workflowId: row.workflow_id,
    signal: row.signal,
    payload: row.payload,
    ...(row.unit !== null && { unit: row.unit }),
    ...(row.name !== null && { names: { subject: row.name, unit: row.unit_name ?? undefined } }),
  } as Named<WorkflowMessage>;
}

/** A short outcome for the row. The error itself is logged. */
function codeOf(error: unknown): string {
  return error instanceof Error ? `not delivered: ${error.name}` : 'not delivered';
}
