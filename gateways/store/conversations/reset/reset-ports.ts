import {
  brandWorkflowId,
  migrationWorkflowId,
  operationWorkflowId,
  portingWorkflowId,
  verificationWorkflowId,
} from '../../../../domain/conversations/ids.js';
import { PHASES } from '../../../../domain/conversations/phases.js';
import { OPERATIONS } from '../../../../domain/conversations/operations.js';
import type { Store } from '../../sql/connect.js';
import { transaction } from '../../sql/transaction.js';
import { storeError } from '../../sql/errors.js';
import { lockAccount } from '../status/status-writer.js';

/** An order that may be open at the carrier. */
export interface OpenOrder {
  readonly rowId: bigint;
  readonly channelId: string;
  readonly portOrderId: string;
}

/** The ids of all workflows that an account may have: importing ones, and those that follow ports. */
export async function workflowIdsOf(
  { prisma }: Store,
  accountId: string,
): Promise<{ readonly importing: readonly string[]; readonly porting: readonly string[] }> {
  try {
    const account = { sourceId: accountId };
    const brands = await prisma.brand.findMany({ where: { account }, select: { sourceId: true } });
    const channels = await prisma.channel.findMany({
      where: { brand: { account }, portings: { some: {} } },
      select: { sourceId: true },
    });
    const operations = OPERATIONS.filter((operation) => operation !== 'reset');
    return {
      importing: [
        migrationWorkflowId(accountId),
        verificationWorkflowId(accountId),
        ...brands.flatMap(({ sourceId }) =>
          PHASES.map((phase) => brandWorkflowId(accountId, sourceId, phase)),
        ),
        ...operations.map((operation) => operationWorkflowId(accountId, operation)),
      ],
      porting: channels.map(({ sourceId }) => portingWorkflowId(accountId, sourceId)),
    };
  } catch (error) {
    throw storeError(error);
  }
}

/** A port whose order may exist: it was requested, but the response was lost. */
export interface LostOrder {
  readonly rowId: bigint;
  readonly channelId: string;
  /** E.164. */
  readonly phoneNumber: string;
  readonly attempt: number;
}

/** Orders that were requested without a response; the carrier may have them. Throws StoreUnavailable. */
export async function lostOrders({ prisma }: Store, accountId: string): Promise<LostOrder[]> {
  try {
    const rows = await prisma.phonePorting.findMany({
      where: {
        account: { sourceId: accountId },
        askedAt: { not: null },
        portOrderId: null,
        status: 'pending',
      },
      select: { id: true, phoneNumber: true, attempt: true, channel: { select: { sourceId: true } } },
      orderBy: { id: 'asc' },
    });
    return rows.map(({ id, phoneNumber, attempt, channel }) => ({
      rowId: id,
      channelId: channel.sourceId,
      phoneNumber,
      attempt,
    }));
  } catch (error) {
    throw storeError(error);
  }
}

/** Records the order that the carrier has, or that it refused to create one. Idempotent. */
export async function noteFoundOrder(
  store: Store,
  accountId: string,
  { rowId, attempt }: LostOrder,
  found: { readonly portOrderId: string; readonly status: string; readonly at: Date } | undefined,
): Promise<void> {
  await transaction(store.control, 'note-found-order', async (tx) => {
    await lockAccount(tx, accountId);
    await tx.run`
      UPDATE phone_portings SET asked_at = NULL, port_order_id = ${found?.portOrderId ?? null},
        status = coalesce(${found?.status ?? null}, status), status_at = coalesce(${found?.at ?? null}, status_at)
      WHERE id = ${rowId} AND attempt = ${attempt} AND port_order_id IS NULL`;
  });
}

/** Open orders, including those with an exception, which the carrier may still fix. */
export async function openOrders({ prisma }: Store, accountId: string): Promise<OpenOrder[]> {
  try {
    const rows = await prisma.phonePorting.findMany({
      where: {
        account: { sourceId: accountId },
        portOrderId: { not: null },
        status: { notIn: ['complete', 'cancelled', 'refused'] },
      },
      select: { id: true, portOrderId: true, channel: { select: { sourceId: true } } },
      orderBy: { id: 'asc' },
    });
    return rows.flatMap(({ id, portOrderId, channel }) =>
      portOrderId === null ? [] : [{ rowId: id, channelId: channel.sourceId, portOrderId }],
    );
  } catch (error) {
    throw storeError(error);
  }
}

/** Records that the carrier cancelled the order: the port can be ordered again, under another key. Idempotent. */
export async function forgetOrder(store: Store, accountId: string, order: OpenOrder): Promise<void> {
  await transaction(store.control, 'forget-order', async (tx) => {
    await lockAccount(tx, accountId);
    await tx.run`
      UPDATE phone_portings SET status = 'pending', reason = NULL, status_at = clock_timestamp(), port_order_id = NULL,
        asked_at = NULL, attempt = attempt + 1
      WHERE id = ${order.rowId} AND port_order_id = ${order.portOrderId}`;
  });
}

/** Records the state of an order that is too late to cancel; it is still followed. */
export async function keepOrder(
  store: Store,
  accountId: string,
  order: OpenOrder,
  state: { readonly status: string; readonly reason: string | null; readonly at: Date },
): Promise<void> {
  await transaction(store.control, 'keep-order', async (tx) => {
    await lockAccount(tx, accountId);
    const { status, reason, at } = state;
    await tx.run`
      UPDATE phone_portings SET status = ${status}, reason = ${reason}, status_at = ${at}
      WHERE id = ${order.rowId} AND port_order_id = ${order.portOrderId} AND status <> 'complete'`;
  });
}

/** Reopens ports that ended without success, with another key if the carrier had cancelled the order. */
export async function reopenPorts(store: Store, accountId: string): Promise<void> {
  await transaction(store.control, 'reopen-ports', async (tx) => {
    const accountRowId = await lockAccount(tx, accountId);
    await tx.run`
      UPDATE phone_portings SET status = 'pending', reason = NULL, status_at = clock_timestamp(), port_order_id = NULL,
        asked_at = NULL, attempt = attempt + CASE WHEN port_order_id IS NULL THEN 0 ELSE 1 END
      WHERE account_id = ${accountRowId ?? 0n} AND status IN ('refused', 'cancelled')`;
  });
}
