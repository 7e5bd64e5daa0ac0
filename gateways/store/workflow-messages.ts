/**
 * What Temporal must hear, written in the transaction of the change it follows from, and delivered afterwards: a request is
 * answered whether Temporal is there or not, and what was answered is never forgotten.
 */

import type pg from 'pg';
import type { PortingNewsSignal, SIGNALS, Steering } from '../../domain/messages.js';
import { isOperation, type Operation, type OperationSignals } from '../../domain/operations.js';
import { ask } from './ask.js';
import type { StoreTransaction } from './connect.js';
import { storeError } from './errors.js';

export type WorkflowMessage = {
  readonly accountId: string;
  readonly workflowId: string;
} & (
  | {
      readonly kind: (typeof SIGNALS)['start'];
      /** `afresh`: also when the migration was done, since a reset has undone it. */
      readonly payload: Steering & { readonly afresh?: boolean };
    }
  | { readonly kind: (typeof SIGNALS)['pause' | 'resume' | 'cancel']; readonly payload: Steering }
  | { [Kind in Operation]: { readonly kind: Kind; readonly payload: OperationSignals[Kind] } }[Operation]
  | { readonly kind: (typeof SIGNALS)['portingNews']; readonly payload: PortingNewsSignal }
  | VerifyMessage
  | {
      readonly kind: (typeof SIGNALS)['orderAgain'];
      readonly payload: { readonly channelId: string };
    }
);

/**
 * Starts the verification's workflow, or finds it running. `begun`: it was asked for by this message, so that a run that is there can only
 * be on its way to the end of another.
 */
export interface VerifyMessage {
  readonly kind: 'verify';
  readonly payload: Steering & { readonly verificationId: string; readonly begun?: boolean };
}

export type OperationMessage = Extract<WorkflowMessage, { kind: Operation }>;

export function isOperationMessage(message: WorkflowMessage): message is OperationMessage {
  return isOperation(message.kind);
}

export interface DeliveryRound {
  readonly delivered: number;
  /** What kept the others from being delivered. */
  readonly errors: readonly unknown[];
}

/** To be delivered once the caller's transaction has committed. Each call is a message of its own. */
export async function addWorkflowMessage(tx: StoreTransaction, message: WorkflowMessage): Promise<void> {
  // By the clock of the moment, not of the transaction's beginning: a status written before it is older.
  await tx.$executeRaw`
    INSERT INTO workflow_messages (account_source_id, workflow_id, kind, payload, created_at)
    VALUES (${message.accountId}, ${message.workflowId}, ${message.kind}, ${message.payload}::jsonb, clock_timestamp())`;
}

/** For a reset: what the migration was to hear before it is not said any more, unless it is being said at this moment. */
export async function dropWorkflowMessages(tx: StoreTransaction, accountId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE workflow_messages SET delivered_at = now(), outcome = 'dropped by a reset'
    WHERE id IN (SELECT id FROM workflow_messages
      WHERE account_source_id = ${accountId} AND delivered_at IS NULL AND kind <> 'reset' FOR UPDATE SKIP LOCKED)`;
}

/**
 * Whether the latest word to this workflow is of this kind, was written less than `seconds` ago, and nothing has changed in the
 * account's statuses since: then saying it again would tell the workflow nothing new. Looks at the latest messages only.
 */
export async function wasJustSaid(
  tx: StoreTransaction,
  message: Pick<WorkflowMessage, 'accountId' | 'workflowId' | 'kind'>,
  seconds: number,
): Promise<boolean> {
  const rows = await tx.$queryRaw<{ just: boolean }[]>`
    SELECT m.kind = ${message.kind} AND m.created_at > clock_timestamp() - make_interval(secs => ${seconds})
      AND NOT EXISTS (SELECT 1 FROM status_documents d
        WHERE d.account_source_id = ${message.accountId} AND d.changed_at > m.created_at) AS just
    FROM (SELECT * FROM workflow_messages ORDER BY id DESC LIMIT 1000) m
    WHERE m.workflow_id = ${message.workflowId} ORDER BY m.id DESC LIMIT 1`;
  return rows[0]?.just ?? false;
}

interface Row {
  readonly id: string;
  readonly account_source_id: string;
  readonly workflow_id: string;
  readonly kind: string;
  readonly payload: unknown;
}

/** A workflow's messages go one after the other, in the order in which they were written; workflows do not wait for each other. */
const CLAIM = `
  SELECT id, account_source_id, workflow_id, kind, payload FROM workflow_messages AS m
  WHERE delivered_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM workflow_messages AS earlier
    WHERE earlier.delivered_at IS NULL AND earlier.workflow_id = m.workflow_id AND earlier.id < m.id)
  ORDER BY id LIMIT $1
  FOR UPDATE SKIP LOCKED`;

const SETTLE = `
  UPDATE workflow_messages AS m SET tries = m.tries + 1, outcome = s.outcome,
    delivered_at = CASE WHEN s.delivered THEN now() END
  FROM unnest($1::bigint[], $2::text[], $3::boolean[]) AS s (id, outcome, delivered)
  WHERE m.id = s.id`;

/**
 * One round: claims the first open message of up to `limit` workflows, has each delivered, and notes what became of it. The
 * claim is held while `deliver` works, so that no two processes deliver the same message at once; should this process die, it
 * is delivered again. What `deliver` throws leaves its message open. Throws StoreUnavailable.
 */
export async function deliverOpenMessages(
  pool: pg.Pool,
  deliver: (message: WorkflowMessage) => Promise<string>,
  limit: number,
): Promise<DeliveryRound> {
  const client = await pool.connect().catch((error: unknown) => {
    throw storeError(error);
  });
  // A connection that breaks while messages are being delivered says so at the next statement.
  const ignore = () => undefined;
  client.on('error', ignore);
  let broken = false;
  try {
    await client.query('BEGIN');
    const { rows } = await client.query<Row>(CLAIM, [limit]);
    const results = await Promise.allSettled(rows.map((row) => deliver(messageOf(row))));
    if (rows.length > 0) {
      await client.query(SETTLE, [
        rows.map((row) => row.id),
        results.map((result) => (result.status === 'fulfilled' ? result.value : codeOf(result.reason))),
        results.map((result) => result.status === 'fulfilled'),
      ]);
    }
    await client.query('COMMIT');
    const errors = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    return { delivered: rows.length - errors.length, errors };
  } catch (error) {
    broken = true;
    throw storeError(error);
  } finally {
    client.off('error', ignore);
    client.release(broken);
  }
}

/** How many wait to be delivered. Throws StoreUnavailable. */
export async function countOpenMessages(pool: pg.Pool): Promise<number> {
  const [row] = await ask<{ count: number }>(
    pool,
    'SELECT count(*)::int AS count FROM workflow_messages WHERE delivered_at IS NULL',
  );
  return row?.count ?? 0;
}

function messageOf(row: Row): WorkflowMessage {
  return {
    accountId: row.account_source_id,
    workflowId: row.workflow_id,
    kind: row.kind,
    payload: row.payload,
  } as WorkflowMessage;
}

/** A word for the row: the error itself goes to the log. */
function codeOf(error: unknown): string {
  return error instanceof Error ? `not delivered: ${error.name}` : 'not delivered';
}
