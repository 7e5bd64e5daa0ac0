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
import { whileBeating } from '../../engine/heartbeats.js';
import { portRequest } from '../account/porting.js';
import type { OperationImports } from './types.js';

export interface ResetDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly carrier: CarrierClient;
  readonly objects: ObjectStore;
  readonly workflows: WorkflowControl;
  /** Where the carrier reaches the API. */
  readonly publicUrl: string;
}

/** A worker that has died is noticed by its heartbeats after half a minute; then its workflows can end. */
const PATIENCE_MS = 90_000;
const REMOVAL_MS = 120_000;

type ResetActivities = Pick<
  OperationImports,
  'endWorkflows' | 'cancelPorts' | 'removeImported' | 'finishReset'
>;

/**
 * The steps of a reset, in this order:
 *
 * 1. What imports is cancelled, and waited for; then what follows ports, so that no order is being placed any more.
 * 2. Imports are shut out by the store too, for workers that have lost touch with Temporal.
 * 3. Open orders are cancelled. An order whose answer was lost is found by asking for it once more with its key: where the carrier had
 *    not made it, it does now, and it is cancelled with the others. The store forgets an order once the carrier has said so.
 * 4. Files and rows are removed: files have keys made of row ids, so nothing would overwrite them.
 * 5. The account is started again.
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
      whileBeating(clock, async ({ signal, beat }) => {
        if (!(await isResetting(store, accountId))) return { asked: false };
        const known = await workflowIdsOf(store, accountId);
        const reset = Context.current().info.workflowExecution?.workflowId;
        const others = (await workflows.running(accountId)).filter((id) => id !== reset && !isPorting(id));
        const importing = [...new Set([...known.importing, ...others])];
        const terms = { patienceMs: PATIENCE_MS, signal, beat };
        await workflows.end(importing, terms);
        // A brand may have begun ports until it ended.
        await workflows.end((await workflowIdsOf(store, accountId)).porting, terms);
        await shutOutImports(store, accountId);
        return { asked: true };
      }),
    cancelPorts: ({ accountId }) =>
      whileBeating(clock, async ({ signal }) => {
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
      whileBeating(clock, async ({ signal, beat }) => {
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

/** Answers whether the order is cancelled now, also when it was before. */
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
