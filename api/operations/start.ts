import { migrationWorkflowId } from '../../domain/ids.js';
import { SIGNALS } from '../../domain/messages.js';
import { addAuditEntry } from '../../gateways/store/audit.js';
import { type Store, inTransaction } from '../../gateways/store/connect.js';
import { resetUnderWay, statusOf } from '../../gateways/store/reset.js';
import type { Failure } from '../../domain/failures.js';
import {
  type RefusedStart,
  type Start,
  beginStart,
  recordRefusedStart,
} from '../../gateways/store/statuses.js';
import { lockAccount } from '../../gateways/store/status-writer.js';
import { addWorkflowMessage, wasJustSaid } from '../../gateways/store/workflow-messages.js';
import { unknownAccount } from '../problems.js';
import type { Asker } from './asker.js';

/** An app that starts again and again while nothing happens fills no workflow's history. */
const SAID_AGAIN_AFTER_SECONDS = 10;

/**
 * Starts the migration of an account that is known here, or has what failed tried again: statuses, the audit entry and the
 * workflow's message in one transaction. While it runs nothing is started twice; once all messages are migrated nothing
 * happens at all (`begun` is false). Of a retry the caller has left the audit entry. Throws Problem 404; StoreUnavailable.
 */
export async function startMigration(
  store: Store,
  action: 'start' | 'retry',
  accountId: string,
  asker: Asker,
): Promise<Start> {
  return inTransaction(store, async (tx) => {
    if ((await lockAccount(tx, accountId)) === undefined) throw unknownAccount();
    // A reset starts the migration itself, once everything is removed.
    const resetting = await resetUnderWay(tx, accountId);
    const start = resetting
      ? { status: await statusOf(tx, accountId), begun: true }
      : await beginStart(tx, accountId, asker.subject);
    if (start === undefined) throw unknownAccount();
    if (start.begun && action === 'start') await addAuditEntry(tx, { accountId, action, ...asker.asActor });
    if (resetting || !start.begun) return start;
    const message = {
      accountId,
      workflowId: migrationWorkflowId(accountId),
      kind: SIGNALS.start,
      payload: { by: asker.subject, at: new Date().toISOString() },
    };
    const known = action === 'start' && (await wasJustSaid(tx, message, SAID_AGAIN_AFTER_SECONDS));
    if (!known) await addWorkflowMessage(tx, message);
    return start;
  });
}

/**
 * Writes down that a start was asked for of an account that cannot be migrated as it is, and why; nothing is set going. Undefined, and
 * nothing is written, when that account's migration has begun meanwhile or is being reset: then it is a start like any other.
 */
export async function refuseStart(
  store: Store,
  accountId: string,
  failure: Failure,
  asker: Asker,
): Promise<RefusedStart | undefined> {
  return inTransaction(store, async (tx) => {
    if ((await lockAccount(tx, accountId)) === undefined) throw unknownAccount();
    if (await resetUnderWay(tx, accountId)) return undefined;
    const refused = await recordRefusedStart(tx, accountId, failure);
    if (refused) await addAuditEntry(tx, { accountId, action: 'start', ...asker.asActor });
    return refused;
  });
}
