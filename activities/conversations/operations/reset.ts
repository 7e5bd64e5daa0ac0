import { Context } from '@temporalio/activity';
import type { Clock } from '../../../domain/engine/clock.js';
import type { CarrierClient } from '../../../gateways/carrier/client.js';
import type { ObjectStore } from '../../../gateways/objects/object-store.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { removeImported } from '../../../gateways/store/conversations/reset/reset-data.js';
import {
  forgetOrder,
  keepOrder,
  lostOrders,
  noteFoundOrder,
  openOrders,
  reopenPorts,
  workflowIdsOf,
} from '../../../gateways/store/conversations/reset/reset-ports.js';
import type { LostOrder, OpenOrder } from '../../../gateways/store/conversations/reset/reset-ports.js';
import {
  accountRowId,
  finishReset,
  isResetting,
  shutOutImports,
} from '../../../gateways/store/conversations/reset/reset.js';
import type { WorkflowControl } from '../../../gateways/temporal/workflow-control.js';
import { withHeartbeats } from '../../engine/heartbeats.js';
import { portRequest } from '../account/porting.js';
import type { OperationImports } from './types.js';

export interface ResetDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly carrier: CarrierClient;
  readonly objects: ObjectStore;
  readonly workflows: WorkflowControl;
  /** The API's address as the carrier reaches it. */
  readonly publicUrl: string;
}

/** Covers the half minute until missing heartbeats reveal a dead worker, after which its workflows can end. */
const PATIENCE_MS = 90_000;
const REMOVAL_MS = 120_000;

type ResetActivities = Pick<
  OperationImports,
  'endWorkflows' | 'cancelPorts' | 'removeImported' | 'finishReset'
>;

/**
 * The steps of a reset, in order:
 *
 * 1. Cancel the importing workflows and wait for their end, then those that follow ports, so that none is placing an order.
 * 2. Shut out imports in the store too, for workers that have lost contact with Temporal.
 * 3. Cancel open orders. An order whose answer was lost is found by repeating its request with its key; if the carrier had not created it, it does
 *    now, and the order is cancelled with the others. The store forgets an order once the carrier has confirmed.
 * 4. Remove files and rows. The keys of files contain row ids, so a new import would not overwrite them.
 * 5. Start the account again.
 */
export function resetActivities({
  store,
  clock,
  carrier,
  objects,
  workflows,
  publicUrl,
}: ResetDependencies): ResetActivities {
  return {
    endWorkflows: ({ accountId }) =>
      withHeartbeats(clock, async ({ signal, beat }) => {
        if (!(await isResetting(store, accountId))) return { asked: false };
        const known = await workflowIdsOf(store, accountId);
        const reset = Context.current().info.workflowExecution?.workflowId;
        const others = (await workflows.running(accountId)).filter((id) => id !== reset && !isPorting(id));
        const importing = [...new Set([...known.importing, ...others])];
        const terms = { patienceMs: PATIENCE_MS, signal, beat };
        await workflows.end(importing, terms);
        // A brand may have started ports until it ended.
        await workflows.end((await workflowIdsOf(store, accountId)).porting, terms);
        await shutOutImports(store, accountId);
        return { asked: true };
      }),
    cancelPorts: ({ accountId }) =>
      withHeartbeats(clock, async ({ signal }) => {
        for (const order of await lostOrders(store, accountId)) {
          signal.throwIfAborted();
          await findOrder(store, carrier, publicUrl, accountId, order);
        }
        let [cancelled, kept] = [0, 0];
        for (const order of await openOrders(store, accountId)) {
          signal.throwIfAborted();
          if (await cancelOrder(store, carrier, accountId, order)) cancelled += 1;
          else kept += 1;
        }
        await reopenPorts(store, accountId);
        return { cancelled, kept };
      }),
    removeImported: ({ accountId }) =>
      withHeartbeats(clock, async ({ signal, beat }) => {
        const folder = await accountRowId(store, accountId);
        if (folder !== undefined) await objects.removeFolder(folder, signal);
        const done = await removeImported(store.pool, accountId, {
          clock,
          until: clock.now() + REMOVAL_MS,
          signal,
          beat,
        });
        return { done };
      }),
    finishReset: async ({ accountId }) => ({ finished: await finishReset(store, accountId, { clock }) }),
  };
}

function isPorting(workflowId: string): boolean {
  return workflowId.includes('/porting:');
}

async function findOrder(
  store: Store,
  carrier: CarrierClient,
  publicUrl: string,
  accountId: string,
  order: LostOrder,
): Promise<void> {
  const answer = await carrier.orderPort(portRequest(publicUrl, { accountId, ...order }));
  await noteFoundOrder(store, accountId, order, 'refused' in answer ? undefined : answer);
}

/** Returns whether the order is cancelled, including by an earlier call. */
async function cancelOrder(
  store: Store,
  carrier: CarrierClient,
  accountId: string,
  order: OpenOrder,
): Promise<boolean> {
  const answer = await carrier.cancelPortOrder(order.portOrderId);
  if (answer === 'too-late') {
    const found = await carrier.getPortOrder(order.portOrderId);
    if (found?.status !== 'cancelled' && found !== undefined) {
      await keepOrder(store, accountId, order, found);
      return false;
    }
  }
  await forgetOrder(store, accountId, order);
  return true;
}
