import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import {
  type NumberPortingInput,
  PORTING_SIGNALS,
  type PortingNewsSignal,
  type PortingProgress,
} from '../../domain/conversations/messages.js';
import { type PortingState, isPortingEnded } from '../../domain/conversations/porting.js';
import { portingNewsOf } from '../../domain/conversations/signals.js';
import { QUERIES } from '../../domain/engine/messages.js';
import { activitiesOf } from './activities.js';
import { portingDetails } from './details.js';
import { isStopped, isWorkFailure, withKnownFailure } from '../engine/failures.js';

export const portingNewsSignal = defineSignal<[PortingNewsSignal]>(PORTING_SIGNALS.portingNews);
export const orderAgainSignal = defineSignal(PORTING_SIGNALS.orderAgain);
export const portingProgressQuery = defineQuery<PortingProgress>(QUERIES.progress);

/**
 * Follows one number's port, for minutes or weeks, until it ends. Outlives the migration that started it.
 *
 * - One activity orders the port. Its retries, at growing intervals, poll a carrier that does not call back. They add no events, and no timer is
 *   needed.
 * - The transaction that stores a callback also applies it. This run receives a signal only once the callback has ended the port.
 * - `complete` is final: the run returns and leaves the activity to Temporal, which drops it, so that the history of a successful port shows no
 *   cancellation. An attempt that is still running changes nothing in the store, where the port has ended (domain/conversations/porting.ts).
 * - After any other end the run reads the store once more: an operator may have ordered the port again.
 * - After an `order-again` signal the run reads the store once more before it ends: a retry may arrive between the port's end and the run's.
 *
 * Completes only with `complete`. A refused or cancelled port fails the run, so that the id can run again once an operator has resolved it; a
 * completed port never runs again.
 */
export async function NumberPortingWorkflow({
  accountId,
  channelId,
}: NumberPortingInput): Promise<PortingState> {
  let news: PortingState | undefined;
  setHandler(portingNewsSignal, (argument: unknown) => {
    const told = portingNewsOf(argument, new Date().toISOString());
    if (told !== undefined && isPortingEnded(told.status)) news = told;
  });
  let isOrderedAgain = false;
  setHandler(orderAgainSignal, () => void (isOrderedAgain = true));
  let progress: PortingProgress = {};
  setHandler(portingProgressQuery, () => progress);
  setCurrentDetails(portingDetails(progress));

  let state: PortingState;
  do {
    isOrderedAgain = false;
    state = await withKnownFailure(`the port of channel ${channelId}`, untilEnded);
  } while (isOrderedAgain && state.status !== 'complete');

  progress = { ended: state };
  setCurrentDetails(portingDetails(progress));
  if (state.status !== 'complete') {
    throw ApplicationFailure.nonRetryable(
      `The carrier ${state.status} the port of channel ${channelId}.`,
      'CarrierRefused',
    );
  }
  return state;

  async function untilEnded(): Promise<PortingState> {
    const completed = () => (news?.status === 'complete' ? news : undefined);
    for (;;) {
      const before = completed();
      if (before) return before;
      news = undefined;
      const scope = new CancellationScope();
      const followed = scope.run(() => activitiesOf(accountId).followPort(channelId));
      const ended = await Promise.race([followed, condition(() => news !== undefined)]);
      const told = ended ?? completed();
      if (told) return told;
      scope.cancel();
      const last = await answerOf(followed);
      if (last) return last;
    }
  }
}

/** The result of a cancelled activity: an attempt that was running may have finished all the same. */
async function answerOf(followed: Promise<PortingState>): Promise<PortingState | undefined> {
  try {
    return await followed;
  } catch (error) {
    if (isWorkFailure(error) || isStopped(error)) return undefined;
    throw error;
  }
}
