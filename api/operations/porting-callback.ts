import { storable } from '../../domain/conversations/text.js';
import { portingWorkflowId } from '../../domain/ids.js';
import { SIGNALS } from '../../domain/messages.js';
import { type Store, inTransaction } from '../../gateways/store/connect.js';
import {
  type PortingCallback,
  findPort,
  isRepeatedCallback,
  recordCallback,
} from '../../gateways/store/porting-callbacks.js';
import { addWorkflowMessage } from '../../gateways/store/workflow-messages.js';
import { Problem } from '../problems.js';
import type { CallbackBody } from '../schemas/callbacks.js';

export function callbackOf(webhookId: string, { timestamp, data }: CallbackBody): PortingCallback {
  return {
    webhookId: storable(webhookId),
    portOrderId: data.port_order_id,
    channelId: data.channel_id,
    phoneNumber: data.phone_number,
    status: data.status,
    reason: data.reason === undefined || data.reason === null ? null : storable(data.reason),
    at: new Date(timestamp).toISOString(),
  };
}

/**
 * Writes down what the carrier says, and the message that takes it to the port's workflow. What was written down before does
 * nothing. Which of several holds is the workflow's to say. Throws Problem 404 for an order that nobody knows.
 */
export async function takeCallback(store: Store, callback: PortingCallback): Promise<void> {
  await inTransaction(store, async (tx) => {
    if (await isRepeatedCallback(tx, callback.webhookId)) return;
    const port = await findPort(tx, callback);
    if (port === undefined) throw new Problem('not-found', 'There is no such port order.');
    if (!(await recordCallback(tx, callback))) return;
    await addWorkflowMessage(tx, {
      accountId: port.accountId,
      workflowId: portingWorkflowId(port.accountId, port.leaderChannelId),
      kind: SIGNALS.portingNews,
      payload: { status: callback.status, at: callback.at },
    });
  });
}
