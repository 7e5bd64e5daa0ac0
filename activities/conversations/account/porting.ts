import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { timestamp } from '../../../domain/engine/clock.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import { portOrderKey } from '../../../domain/conversations/ids.js';
import { PORT_OPEN, isPortingEnded, secondsUntilPoll } from '../../../domain/conversations/porting.js';
import type { PortingState } from '../../../domain/conversations/porting.js';
import type { PortOrder, PortRefusal, PortRequest } from '../../../gateways/carrier/client.js';
import {
  recordOrderRequest,
  readPorting,
  recordNews,
  recordOrder,
} from '../../../gateways/store/conversations/account/portings.js';
import type { OrderAnswer, Porting } from '../../../gateways/store/conversations/account/portings.js';
import { brandsToFollowAgain } from '../../../gateways/store/conversations/finishing/follow-again.js';
import type { CallDependencies } from './call-dependencies.js';
import type { ChannelInput } from '../types.js';

/** Older than any news from the carrier, whatever its clock says: every order begins as `submitted`. */
const BEFORE_ANY_NEWS = new Date(0).toISOString();

/**
 * Orders the port if there is no order yet; otherwise asks the carrier for the order's status. Records the answer. Before that, follows the account
 * again if its following had ended. While the port is open the attempt fails with the time of the next poll: Temporal's retry is the wait for the
 * carrier.
 */
export async function followPort(deps: CallDependencies, ids: ChannelInput): Promise<PortingState> {
  await followAgain(deps, ids.accountId);
  const porting = await portingOf(deps, ids);
  const isOrdered = porting.portOrderId !== null;
  const state = await (isOrdered ? pollOrder(deps, porting) : order(deps, porting));
  if (isPortingEnded(state.status)) return state;
  throw ApplicationFailure.create({
    type: PORT_OPEN,
    message: `The port of channel ${ids.channelId} is open (${state.status}). The next attempt polls the carrier again.`,
    nextRetryDelay: 1_000 * secondsUntilPoll(deps.portingPollSeconds, isOrdered ? secondsFollowed() : 0),
    category: 'BENIGN',
  });
}

/** Runs before the order, so that no later message to the old number is missed. */
async function followAgain({ store, follow }: CallDependencies, accountId: string): Promise<void> {
  const brandIds = await brandsToFollowAgain(store.pool, accountId);
  if (brandIds !== undefined) await follow({ accountId, brandIds });
}

/** The idempotency key makes a repeated order return the first one. */
async function order(deps: CallDependencies, porting: Porting): Promise<PortingState> {
  if (isPortingEnded(porting.state.status)) return porting.state;
  if (!(await recordOrderRequest(deps.store, porting))) return (await portingOf(deps, porting)).state;
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

/** The request is identical for the same attempt, so the carrier creates one order and returns it for repeated calls. */
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

async function pollOrder(deps: CallDependencies, porting: Porting): Promise<PortingState> {
  const { accountId, channelId, portOrderId, state } = porting;
  if (isPortingEnded(state.status) || portOrderId === null) return state;
  const found = await deps.carrier.getPortOrder(portOrderId);
  if (!found) {
    deps.logger.warn(
      { accountId, channelId, portOrderId },
      'The carrier does not know a port order that it created; it is polled again later',
    );
    return state;
  }
  // An unchanged status is not recorded: its later time would make a callback in flight look outdated.
  if (found.status === state.status) return state;
  const news = {
    portOrderId,
    state: { status: found.status, at: found.at.toISOString() },
    reason: found.reason,
  };
  return (await recordNews(deps.store, porting, news, deps)) ?? noPort(porting);
}

/** Seconds since the activity was first scheduled, by Temporal's clock. */
function secondsFollowed(): number {
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
  const at = status === 'submitted' ? BEFORE_ANY_NEWS : answer.at.toISOString();
  return { portOrderId, reason, state: { status, at } };
}

function noPort({ accountId, channelId }: ChannelInput): never {
  throw new CarryoverError(
    'ChannelImpossible',
    `Channel ${channelId} of account ${accountId} has no number to port.`,
  );
}
