import { CarryoverError } from '../../domain/failures.js';
import { portOrderKey } from '../../domain/ids.js';
import { isPortingEnded } from '../../domain/porting.js';
import type { PortingState } from '../../domain/porting.js';
import type { PortOrder, PortRefusal, PortRequest } from '../../gateways/carrier/client.js';
import { noteAsking, readPorting, recordNews, recordOrder } from '../../gateways/store/portings.js';
import type { OrderAnswer, Porting } from '../../gateways/store/portings.js';
import type { CallDependencies } from './call-dependencies.js';
import type { ChannelInput } from './types.js';

/** Earlier than anything the carrier can say: an order begins with `submitted`, whatever the two clocks are. */
const BEFORE_ALL_NEWS = new Date(0).toISOString();

/** Orders the port unless an order is there or the port has ended; the key makes a repeated order the same order. */
export async function orderPort(deps: CallDependencies, ids: ChannelInput): Promise<PortingState> {
  const porting = await portingOf(deps, ids);
  if (porting.portOrderId !== null || isPortingEnded(porting.state.status)) return porting.state;
  if (!(await noteAsking(deps.store, porting))) return (await portingOf(deps, ids)).state;
  const answer = await deps.carrier.orderPort(portRequest(deps.publicUrl, porting));
  const state = await recordOrder(deps.store, ids, answerOf(porting.attempt, answer, now(deps)), deps);
  return state ?? noPort(ids);
}

/** The same for the same attempt, so that the carrier makes one order, or gives that one again. */
export function portRequest(
  publicUrl: string,
  {
    accountId,
    channelId,
    phoneNumber,
    attempt,
  }: Pick<Porting, 'accountId' | 'channelId' | 'phoneNumber' | 'attempt'>,
): PortRequest {
  return {
    phoneNumber,
    accountId,
    channelId,
    callbackUrl: `${publicUrl.replace(/\/+$/, '')}/v2/porting-callbacks`,
    idempotencyKey: portOrderKey(accountId, phoneNumber, attempt),
  };
}

/** Asks the carrier how the order stands, and records it; an order that was never made is made now. */
export async function askPort(deps: CallDependencies, ids: ChannelInput): Promise<PortingState> {
  const porting = await portingOf(deps, ids);
  if (isPortingEnded(porting.state.status)) return porting.state;
  if (porting.portOrderId === null) return orderPort(deps, ids);
  const order = await deps.carrier.getPortOrder(porting.portOrderId);
  if (!order) {
    const facts = { ...ids, portOrderId: porting.portOrderId };
    deps.logger.warn(
      facts,
      'The carrier does not know a port order that it has given; it is asked again later',
    );
    return porting.state;
  }
  // The same word again is no news: a later time for it would only hide a callback that is on its way.
  if (order.status === porting.state.status) return porting.state;
  const news = { status: order.status, at: order.at.toISOString() };
  return (await recordNews(deps.store, ids, news, order.reason, deps)) ?? noPort(ids);
}

/** Records what a callback brought. */
export async function recordPortingNews(
  deps: CallDependencies,
  { news, ...ids }: ChannelInput & { readonly news: PortingState },
): Promise<PortingState> {
  return (await recordNews(deps.store, ids, news, undefined, deps)) ?? noPort(ids);
}

async function portingOf(deps: CallDependencies, ids: ChannelInput): Promise<Porting> {
  return (await readPorting(deps.store, ids)) ?? noPort(ids);
}

function answerOf(attempt: number, answer: PortOrder | PortRefusal, now: Date): OrderAnswer {
  if ('refused' in answer) return { attempt, refused: true, reason: answer.reason, at: now.toISOString() };
  const { portOrderId, status, reason } = answer;
  const at = status === 'submitted' ? BEFORE_ALL_NEWS : answer.at.toISOString();
  return { attempt, portOrderId, reason, state: { status, at } };
}

function now(deps: CallDependencies): Date {
  return deps.clock?.() ?? new Date();
}

function noPort({ accountId, channelId }: ChannelInput): never {
  throw new CarryoverError(
    'ChannelImpossible',
    `Channel ${channelId} of account ${accountId} has no number that is to be ported.`,
  );
}
