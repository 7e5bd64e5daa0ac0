import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { timestamp } from '../../../domain/engine/clock.js';
import { CarryoverError } from '../../../domain/engine/failures.js';
import { portOrderKey } from '../../../domain/conversations/ids.js';
import { PORT_OPEN, isPortingEnded, secondsUntilAsked } from '../../../domain/conversations/porting.js';
import type { PortingState } from '../../../domain/conversations/porting.js';
import type { PortOrder, PortRefusal, PortRequest } from '../../../gateways/carrier/client.js';
import {
  noteAsking,
  readPorting,
  recordNews,
  recordOrder,
} from '../../../gateways/store/conversations/account/portings.js';
import type { OrderAnswer, Porting } from '../../../gateways/store/conversations/account/portings.js';
import type { CallDependencies } from './call-dependencies.js';
import type { ChannelInput } from '../types.js';

/** Earlier than anything the carrier can say: an order begins with `submitted`, whatever the two clocks are. */
const BEFORE_ALL_NEWS = new Date(0).toISOString();

/**
 * Orders the port unless an order is there, or asks the carrier how the order stands, and records it. While the port has not ended
 * this is no answer but a failure that says when to ask again: Temporal's wait for the next try is the wait for the carrier.
 */
export async function followPort(deps: CallDependencies, ids: ChannelInput): Promise<PortingState> {
  const porting = await portingOf(deps, ids);
  const isOrdered = porting.portOrderId !== null;
  const state = await (isOrdered ? askAbout(deps, porting) : order(deps, porting));
  if (isPortingEnded(state.status)) return state;
  throw ApplicationFailure.create({
    type: PORT_OPEN,
    message: `The port of channel ${ids.channelId} is under way (${state.status}). A carrier that does not call back is asked again.`,
    nextRetryDelay: 1_000 * secondsUntilAsked(deps.portingPollSeconds, isOrdered ? secondsSoFar() : 0),
    category: 'BENIGN',
  });
}

/** The key makes a repeated order the same order. */
async function order(deps: CallDependencies, porting: Porting): Promise<PortingState> {
  if (isPortingEnded(porting.state.status)) return porting.state;
  if (!(await noteAsking(deps.store, porting))) return (await portingOf(deps, porting)).state;
  const answer = await deps.carrier.orderPort(portRequest(deps.publicUrl, porting));
  const { attempt } = porting;
  const state = await recordOrder(
    deps.store,
    porting,
    { attempt, ...answerOf(answer, timestamp(deps.clock)) },
    deps,
  );
  return state ?? noPort(porting);
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

async function askAbout(deps: CallDependencies, porting: Porting): Promise<PortingState> {
  const { accountId, channelId, portOrderId, state } = porting;
  if (isPortingEnded(state.status) || portOrderId === null) return state;
  const found = await deps.carrier.getPortOrder(portOrderId);
  if (!found) {
    deps.logger.warn(
      { accountId, channelId, portOrderId },
      'The carrier does not know a port order that it has given; it is asked again later',
    );
    return state;
  }
  // The same word again is no news: a later time for it would only hide a callback that is on its way.
  if (found.status === state.status) return state;
  const news = {
    portOrderId,
    state: { status: found.status, at: found.at.toISOString() },
    reason: found.reason,
  };
  return (await recordNews(deps.store, porting, news, deps)) ?? noPort(porting);
}

/** Since the port began to be followed, by the server's clock. */
function secondsSoFar(): number {
  const { scheduledTimestampMs, currentAttemptScheduledTimestampMs } = activityInfo();
  return Math.max(0, currentAttemptScheduledTimestampMs - scheduledTimestampMs) / 1_000;
}

async function portingOf(deps: CallDependencies, ids: ChannelInput): Promise<Porting> {
  return (await readPorting(deps.store, ids)) ?? noPort(ids);
}

type Answer<Told = OrderAnswer> = Told extends unknown ? Omit<Told, 'attempt'> : never;

function answerOf(answer: PortOrder | PortRefusal, now: string): Answer {
  if ('refused' in answer) return { refused: true, reason: answer.reason, at: now };
  const { portOrderId, status, reason } = answer;
  const at = status === 'submitted' ? BEFORE_ALL_NEWS : answer.at.toISOString();
  return { portOrderId, reason, state: { status, at } };
}

function noPort({ accountId, channelId }: ChannelInput): never {
  throw new CarryoverError(
    'ChannelImpossible',
    `Channel ${channelId} of account ${accountId} has no number that is to be ported.`,
  );
}
