import { JOIN_MIGRATION } from '../status/account-migration.js';
import type { Names } from '../../../../domain/engine/web-ui/business-names.js';
import { storable } from '../../../../domain/engine/text.js';
import { applyPortingNews, isPortingEnded } from '../../../../domain/conversations/porting.js';
import type { PortingState, PortingStatus } from '../../../../domain/conversations/porting.js';
import { ask } from '../../sql/ask.js';
import type { Store } from '../../sql/connect.js';
import { transaction } from '../../sql/transaction.js';
import type { Transaction } from '../../sql/transaction.js';
import { beginCatchingUp } from './catching-up.js';
import { followPorts } from './porting-channels.js';
import { callbacksAbout, type PortingCallback } from './porting-callbacks.js';
import type { StatusContext } from '../status/status-draft.js';
import { changeStatuses, lockAccount } from '../status/status-writer.js';

/** The channel that leads the port, by Conversations' ids. */
export interface PortingIds {
  readonly accountId: string;
  readonly channelId: string;
}

export interface Porting extends PortingIds {
  readonly rowId: bigint;
  /** E.164. */
  readonly phoneNumber: string;
  /** Null until the order is recorded. */
  readonly portOrderId: string | null;
  readonly attempt: number;
  readonly state: PortingState;
}

/** The carrier's response to the order of that attempt. */
export type OrderAnswer = { readonly attempt: number } & (
  | { readonly portOrderId: string; readonly state: PortingState; readonly reason: string | null }
  | { readonly refused: true; readonly reason: string | null; readonly at: string }
);

/** The port that the channel leads; undefined if it leads none. */
export async function readPorting(store: Store, ids: PortingIds): Promise<Porting | undefined> {
  return findPorting(store.control, ids);
}

/**
 * Records that an order is about to be requested, and may exist from now on even if the response is lost. False if the order must not be requested
 * any more, because another attempt has replaced it.
 */
export async function recordOrderRequest(
  { pool }: Pick<Store, 'pool'>,
  { rowId, attempt }: Porting,
): Promise<boolean> {
  const noted = await ask(
    pool,
    'UPDATE phone_portings SET asked_at = now() WHERE id = $1 AND attempt = $2 AND port_order_id IS NULL RETURNING id',
    [String(rowId), attempt],
  );
  return noted.length === 1;
}

/**
 * Records the carrier's response, earlier callbacks of the order, and the statuses of the number's channels. Changes nothing if an order is already
 * recorded, the port has ended, or a later attempt has started: the carrier returns the same order for the same key. Returns the current state.
 */
export async function recordOrder(
  store: Store,
  ids: PortingIds,
  answer: OrderAnswer,
  context?: StatusContext,
): Promise<PortingState | undefined> {
  return change(store, ids, context, async (tx, porting) => {
    if (porting.portOrderId !== null || isPortingEnded(porting.state.status)) return undefined;
    if (porting.attempt !== answer.attempt) return undefined;
    if ('refused' in answer) return { state: { status: 'refused', at: answer.at }, reason: answer.reason };
    await tx.run`
      UPDATE phone_portings SET port_order_id = ${answer.portOrderId}, asked_at = NULL WHERE id = ${porting.rowId}`;
    const early = await callbacksAbout(tx, answer.portOrderId);
    return early.reduce<NewState>(settled, { state: answer.state, reason: answer.reason });
  });
}

/** The carrier's news about an order. */
export interface OrderNews extends NewState {
  readonly portOrderId: string;
}

/**
 * Records news about the port and the statuses of the number's channels, and returns the resulting state. News combines as described in
 * domain/conversations/porting.ts; news about an order that is no longer this port's changes nothing.
 */
export async function recordNews(
  store: Store,
  ids: PortingIds,
  news: OrderNews,
  context?: StatusContext,
): Promise<PortingState | undefined> {
  return change(store, ids, context, async (_tx, porting) => newsFor(porting, news));
}

/**
 * The same in the transaction that records a callback, under the account's lock. Returns the new state; undefined if nothing changed. A callback that
 * arrives before the order's id is recorded is applied when it is.
 */
export async function settleCallback(
  tx: Transaction,
  ids: PortingIds,
  { portOrderId, status, at, reason }: PortingCallback,
): Promise<PortingState | undefined> {
  const porting = await findPorting(tx, ids);
  const next = porting && newsFor(porting, { portOrderId, state: { status, at }, reason });
  if (!next) return undefined;
  await write(tx, porting, next);
  return next.state;
}

function newsFor(porting: Porting, news: OrderNews): NewState | undefined {
  if (porting.portOrderId !== news.portOrderId) return undefined;
  const before = { state: porting.state, reason: null };
  const next = settled(before, news);
  return next === before ? undefined : next;
}

function settled(before: NewState, { state: news, reason }: NewState): NewState {
  const state = applyPortingNews(before.state, news);
  return state === before.state ? before : { state, reason };
}

/**
 * Reopens refused and cancelled ports for an operator's retry. The key of a cancelled order would return that order again, so the next attempt has
 * another key. Returns the leading channels with their brands.
 */
export async function reopenEndedPorts(
  tx: Transaction,
  accountId: string,
  context?: StatusContext,
): Promise<readonly { readonly channelId: string; readonly brandId: string }[]> {
  const accountRowId = await lockAccount(tx, accountId);
  if (accountRowId === undefined) return [];
  const reopened = await tx.rows<{ phone_number: string; channel_id: string; brand_id: string }>`
    UPDATE phone_portings p SET status = 'pending', reason = NULL, status_at = clock_timestamp(), port_order_id = NULL,
      asked_at = NULL, attempt = attempt + CASE WHEN port_order_id IS NULL THEN 0 ELSE 1 END
    FROM channels c JOIN brands b ON b.id = c.brand_id
    WHERE p.account_id = ${accountRowId} AND p.status IN ('refused', 'cancelled')
      AND c.id = p.channel_id AND c.phone_number = p.phone_number
    RETURNING p.phone_number, c.source_id AS channel_id, b.source_id AS brand_id`;
  await changeStatuses(
    tx,
    accountId,
    (draft) =>
      followPorts(
        draft,
        new Map(reopened.map((row) => [row.phone_number, { status: 'pending', isCatchingUp: false }])),
      ),
    context,
  );
  return reopened.map((row) => ({ channelId: row.channel_id, brandId: row.brand_id }));
}

/**
 * The brand's channels that lead an open port, in the order in which the ports were opened, after the row id `after`. None while the account is being
 * reset. Throws StoreUnavailable.
 */
export async function openPortsLedBy(
  { pool }: Pick<Store, 'pool'>,
  { accountId, brandId }: { readonly accountId: string; readonly brandId: string },
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<OpenPort[]> {
  const rows = await ask<{ id: string; source_id: string; account: string; brand: string }>(
    pool,
    `SELECT p.id, c.source_id, a.name AS account, b.name AS brand FROM phone_portings p
       JOIN accounts a ON a.id = p.account_id JOIN channels c ON c.id = p.channel_id AND c.phone_number = p.phone_number
       JOIN brands b ON b.id = c.brand_id ${JOIN_MIGRATION}
     WHERE a.source_id = $1 AND b.source_id = $2 AND p.id > $3 AND p.status NOT IN ('complete', 'cancelled', 'refused')
       AND m.resetting IS NULL
     ORDER BY p.id LIMIT $4`,
    [accountId, brandId, after, limit],
  );
  return rows.map(({ id, source_id: channelId, account, brand }) => ({
    rowId: id,
    channelId,
    names: { subject: account, unit: brand },
  }));
}

export interface OpenPort {
  readonly rowId: string;
  readonly channelId: string;
  readonly names: Names;
}

interface NewState {
  readonly state: PortingState;
  readonly reason: string | null;
}

/** Reads the port under the account's lock, then writes the result of `decide` and the channels that follow. */
async function change(
  store: Store,
  ids: PortingIds,
  context: StatusContext | undefined,
  decide: (tx: Transaction, porting: Porting) => Promise<NewState | undefined>,
): Promise<PortingState | undefined> {
  return transaction(store.control, 'change-porting', async (tx) => {
    await lockAccount(tx, ids.accountId);
    const porting = await findPorting(tx, ids);
    if (!porting) return undefined;
    const next = await decide(tx, porting);
    if (!next) return porting.state;
    await write(tx, porting, next, context);
    return next.state;
  });
}

async function write(
  tx: Transaction,
  { rowId, accountId, phoneNumber }: Porting,
  { state, reason }: NewState,
  context?: StatusContext,
): Promise<void> {
  await tx.run`
    UPDATE phone_portings SET status = ${state.status}, status_at = ${new Date(state.at)},
      reason = ${reason === null ? null : storable(reason)}
    WHERE id = ${rowId}`;
  const isCatchingUp = state.status === 'complete' && (await beginCatchingUp(tx, rowId));
  const ports = new Map([[phoneNumber, { status: state.status, isCatchingUp }]]);
  await changeStatuses(tx, accountId, (draft) => followPorts(draft, ports), context, { phoneNumber });
}

async function findPorting(on: Pick<Transaction, 'query'>, ids: PortingIds): Promise<Porting | undefined> {
  const [row] = await ask<PortingRow>(
    on,
    `SELECT p.id, p.phone_number, p.port_order_id, p.attempt, p.status, p.status_at
     FROM channels c JOIN brands b ON b.id = c.brand_id JOIN accounts a ON a.id = b.account_id
     JOIN phone_portings p ON p.channel_id = c.id AND p.phone_number = c.phone_number
     WHERE c.source_id = $1 AND a.source_id = $2`,
    [ids.channelId, ids.accountId],
  );
  return (
    row && {
      ...ids,
      rowId: BigInt(row.id),
      phoneNumber: row.phone_number,
      portOrderId: row.port_order_id,
      attempt: row.attempt,
      state: { status: row.status, at: row.status_at.toISOString() },
    }
  );
}

interface PortingRow {
  readonly id: string;
  readonly phone_number: string;
  readonly port_order_id: string | null;
  readonly attempt: number;
  readonly status: PortingStatus;
  readonly status_at: Date;
}
