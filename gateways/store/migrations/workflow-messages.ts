/**
 * What Temporal must hear, written in the transaction of the change it follows from, and delivered afterwards: a request is
 * answered whether Temporal is there or not, and what was answered is never forgotten.
 */

import type { BusinessNames } from '../../../domain/engine/business-names.js';
import type { PortingNewsSignal, SIGNALS, Steering } from '../../../domain/engine/messages.js';
import { isOperation, type Operation, type OperationSignals } from '../../../domain/engine/operations.js';
import type { Transaction } from '../sql/transaction.js';

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
      readonly payload: { readonly channelId: string; readonly brandId?: string };
    }
);

/** With the names for the summary of its workflow, read when the message is delivered. */
export type Named<Message> = Message & { readonly names?: BusinessNames };

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

/** To be delivered once the caller's transaction has committed. Each call is a message of its own. */
export async function addWorkflowMessage(tx: Transaction, message: WorkflowMessage): Promise<void> {
  await addWorkflowMessages(tx, [message]);
}

/** The same for several, in one statement. */
export async function addWorkflowMessages(
  tx: Transaction,
  messages: readonly WorkflowMessage[],
): Promise<void> {
  if (messages.length === 0) return;
  // By the clock of the moment, not of the transaction's beginning: a status written before it is older.
  await tx.run`
    INSERT INTO workflow_messages (account_source_id, workflow_id, kind, payload, created_at)
    SELECT "accountId", "workflowId", kind, payload, clock_timestamp()
    FROM jsonb_to_recordset(${JSON.stringify(messages)}::jsonb)
      AS told ("accountId" text, "workflowId" text, kind text, payload jsonb)`;
}

/** For a reset: what the migration was to hear before it is not said any more, and refusals are settled. What is being said at this moment still is. */
export async function dropWorkflowMessages(tx: Transaction, accountId: string): Promise<void> {
  await tx.run`
    UPDATE workflow_messages SET delivered_at = now(), refused_at = NULL, outcome = 'dropped by a reset'
    WHERE account_source_id = ${accountId} AND delivered_at IS NULL AND kind <> 'reset'`;
}

type Word = Pick<WorkflowMessage, 'accountId' | 'workflowId' | 'kind'>;

/**
 * Whether the latest word to this workflow is of this kind, was written less than `seconds` ago, and nothing has changed in the
 * account's statuses since: then saying it again would tell the workflow nothing new.
 */
export async function wasJustSaid(tx: Transaction, message: Word, seconds: number): Promise<boolean> {
  return (await justSaid(tx, [message], seconds)).has(message.accountId);
}

/** The same of several accounts, one message each: those of which it is true. */
export async function justSaid(
  tx: Transaction,
  messages: readonly Word[],
  seconds: number,
): Promise<ReadonlySet<string>> {
  if (messages.length === 0) return new Set();
  const words = messages.map(({ accountId, workflowId, kind }) => ({ accountId, workflowId, kind }));
  const rows = await tx.rows<{ id: string }>`
    SELECT w."accountId" AS id
    FROM jsonb_to_recordset(${JSON.stringify(words)}::jsonb) AS w ("accountId" text, "workflowId" text, kind text),
      LATERAL (SELECT kind, created_at FROM workflow_messages m
        WHERE m.workflow_id = w."workflowId" ORDER BY m.id DESC LIMIT 1) AS latest
    WHERE latest.kind = w.kind AND latest.created_at > clock_timestamp() - make_interval(secs => ${seconds})
      AND NOT EXISTS (SELECT 1 FROM status_documents d
        WHERE d.account_source_id = w."accountId" AND d.changed_at > latest.created_at)`;
  return new Set(rows.map(({ id }) => id));
}
