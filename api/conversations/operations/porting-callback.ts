import { migrationOf } from '../../../domain/conversations/migration.js';
import { storable } from '../../../domain/engine/text.js';
import { portingWorkflowId } from '../../../domain/conversations/ids.js';
import { type ConversationsSignals, PORTING_SIGNALS } from '../../../domain/conversations/messages.js';
import { isPortingEnded } from '../../../domain/conversations/porting.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import {
  type PortingCallback,
  findPort,
  isRepeatedCallback,
  recordCallback,
} from '../../../gateways/store/conversations/account/porting-callbacks.js';
import { settleCallback } from '../../../gateways/store/conversations/account/portings.js';
import { lockAccount } from '../../../gateways/store/conversations/status/status-writer.js';
import { addWorkflowMessage } from '../../../gateways/store/migrations/workflow-messages.js';
import { Problem } from '../../http/problems.js';
import type { CallbackBody } from '../schemas/callbacks.js';

/**
 * The record of a callback. Its time is at most the second in which it was sent: a callback dated in the future would hide all later ones until
 * then.
 */
export function callbackOf(
  { webhookId, sentAt }: { readonly webhookId: string; readonly sentAt: number },
  { timestamp, data }: CallbackBody,
): PortingCallback {
  return {
    webhookId: storable(webhookId),
    portOrderId: data.port_order_id,
    channelId: data.channel_id,
    phoneNumber: data.phone_number,
    status: data.status,
    reason: data.reason === undefined || data.reason === null ? null : storable(data.reason),
    at: new Date(Math.min(Date.parse(timestamp), sentAt + 999)).toISOString(),
  };
}

/**
 * Records a callback and its consequences in one transaction: the state of the port, the channels of the number and, once the port has ended, the
 * message to its workflow. Idempotent: a callback that is already recorded changes nothing. Throws Problem 404 for an unknown order.
 */
export async function takeCallback(store: Store, callback: PortingCallback): Promise<void> {
  await transaction(store.control, 'take-callback', async (tx) => {
    if (await isRepeatedCallback(tx, callback.webhookId)) return;
    const port = await findPort(tx, callback);
    if (port === undefined) throw new Problem('not-found', 'There is no such port order.');
    const { accountId, leaderChannelId: channelId } = port;
    // With the lock, a concurrently recorded answer to the order either comes first or finds this callback.
    await lockAccount(tx, accountId);
    if (!(await recordCallback(tx, callback))) return;
    const state = await settleCallback(tx, { accountId, channelId }, callback);
    if (state === undefined || !isPortingEnded(state.status)) return;
    await addWorkflowMessage<ConversationsSignals>(tx, {
      migration: migrationOf(accountId),
      workflowId: portingWorkflowId(accountId, channelId),
      signal: PORTING_SIGNALS.portingNews,
      payload: state,
    });
  });
}
