/**
 * The outbox: what Temporal must receive is written in the transaction of the change that causes it, and delivered afterwards. Requests are therefore
 * answered while Temporal is unavailable, and nothing that was answered is lost.
 */

import type { Names } from '../../../domain/engine/web-ui/business-names.js';
import type { EngineSignals } from '../../../domain/engine/messages.js';
import type { MigrationRef } from '../../../domain/engine/migration-ref.js';
import { currentTraceparent } from '../../tracing/spans.js';
import type { Transaction } from '../sql/transaction.js';

interface Addressed {
  readonly migration: MigrationRef;
  readonly workflowId: string;
  /** The key of the unit that the message concerns; undefined for the whole migration. */
  readonly unit?: string;
  /** Of the request's trace; default: the one of the caller. */
  readonly traceparent?: string | undefined;
}

/** A message in the outbox. Its signal is one of the engine or of the migration's kind. */
export interface WorkflowMessage extends Addressed {
  readonly signal: string;
  readonly payload: object;
}

/** A message with one of these signals and its payload. */
export type MessageOf<Signals> = {
  [Signal in keyof Signals & string]: Addressed & {
    readonly signal: Signal;
    readonly payload: Signals[Signal] & object;
  };
}[keyof Signals & string];

/** With the names for the workflow's summary, read on delivery. */
export type Named<Message> = Message & { readonly names?: Names };

/** Whether the message has this signal of the engine. */
export function isMessage<Signal extends keyof EngineSignals>(
  message: WorkflowMessage,
  signal: Signal,
): message is MessageOf<Pick<EngineSignals, Signal>> {
  return message.signal === signal;
}

/** Adds a message, to be delivered once the caller's transaction has committed. Not idempotent: each call adds another message. */
export async function addWorkflowMessage<Signals = EngineSignals>(
  tx: Transaction,
  message: MessageOf<Signals>,
): Promise<void> {
  await addWorkflowMessages(tx, [message]);
}

/** Adds several messages in one statement. */
export async function addWorkflowMessages(
  tx: Transaction,
  messages: readonly WorkflowMessage[],
): Promise<void> {
  if (messages.length === 0) return;
  // Uses the current time instead of the transaction's, so that a status written before is older.
  await tx.run`
    INSERT INTO carryover.workflow_messages (kind, subject, workflow_id, signal, unit, payload, created_at, traceparent)
    SELECT migration ->> 'kind', migration ->> 'subject', "workflowId", signal, unit, payload, clock_timestamp(),
      coalesce(traceparent, ${currentTraceparent() ?? null}::text)
    FROM jsonb_to_recordset(${JSON.stringify(messages)}::jsonb)
      AS message (migration jsonb, "workflowId" text, signal text, unit text, payload jsonb, traceparent text)`;
}

/**
 * For a reset: drops waiting messages and resolves refusals, except of messages with the signal `kept`. A delivery that is already running still
 * happens.
 */
export async function dropWorkflowMessages(
  tx: Transaction,
  { kind, subject }: MigrationRef,
  kept: string,
): Promise<void> {
  await tx.run`
    UPDATE carryover.workflow_messages SET delivered_at = now(), refused_at = NULL, outcome = 'dropped by a reset'
    WHERE kind = ${kind} AND subject = ${subject} AND delivered_at IS NULL AND signal <> ${kept}`;
}

type Signalled = Pick<WorkflowMessage, 'migration' | 'workflowId' | 'signal'>;

/**
 * Whether the latest message to this workflow has the same signal, was written less than `seconds` ago, and the migration's status document has not
 * changed since. Sending it again would then tell the workflow nothing new.
 */
export async function wasJustSent(tx: Transaction, message: Signalled, seconds: number): Promise<boolean> {
  return (await recentlySent(tx, [message], seconds)).has(message.migration.subject);
}

/** The same for messages to several migrations of one kind, one each. Returns the subjects for which it is true. */
export async function recentlySent(
  tx: Transaction,
  messages: readonly Signalled[],
  seconds: number,
): Promise<ReadonlySet<string>> {
  if (messages.length === 0) return new Set();
  const said = messages.map(({ migration, workflowId, signal }) => ({ ...migration, workflowId, signal }));
  const rows = await tx.rows<{ subject: string }>`
    SELECT m.subject
    FROM jsonb_to_recordset(${JSON.stringify(said)}::jsonb) AS m (kind text, subject text, "workflowId" text, signal text),
      LATERAL (SELECT signal, created_at FROM carryover.workflow_messages w
        WHERE w.workflow_id = m."workflowId" ORDER BY w.id DESC LIMIT 1) AS latest
    WHERE latest.signal = m.signal AND latest.created_at > clock_timestamp() - make_interval(secs => ${seconds})
      AND NOT EXISTS (SELECT 1 FROM carryover.status_documents d
        WHERE d.kind = m.kind AND d.subject = m.subject AND d.changed_at > latest.created_at)`;
  return new Set(rows.map(({ subject }) => subject));
}
