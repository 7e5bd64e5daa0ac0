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
import { isStopped, isWorkFailure, orKnownFailure } from '../engine/failures.js';

export const portingNewsSignal = defineSignal<[PortingNewsSignal]>(PORTING_SIGNALS.portingNews);
export const orderAgainSignal = defineSignal(PORTING_SIGNALS.orderAgain);
export const portingProgressQuery = defineQuery<PortingProgress>(QUERIES.progress);

/**
 * Follows one number's port, for minutes or weeks, until it has ended. It outlives the migration that started it.
 *
 * - One activity orders the port; its further tries, further and further apart, ask a carrier that has forgotten to call back. They
 *   leave no events, and no timer is needed.
 * - A callback is settled in the store where it is written down. This run hears of it only once the port has ended by it.
 * - `complete` is final: the run returns and leaves the activity to Temporal, which drops it, so that a port that succeeded has nothing
 *   cancelled in its history. A try that is under way changes nothing in the store, where the port has ended (domain/conversations/porting.ts).
 * - Of any other end the store is asked once more: an operator may have had the port ordered again.
 * - Told to order again, it asks the store once more before it ends: a retry may come between the port's end and the run's.
 *
 * Completes only with `complete`. A port that is refused or cancelled ends as a failure, so that the same id may run again
 * once an operator has settled it, and a completed port never does.
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
    state = await orKnownFailure(`the port of channel ${channelId}`, untilEnded);
  } while (isOrderedAgain && state.status !== 'complete');

  progress = { ended: state };
  setCurrentDetails(portingDetails(progress));
  if (state.status !== 'complete') {
    throw ApplicationFailure.nonRetryable(
      `The carrier has ${state.status} the port of channel ${channelId}.`,
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

/** Of an activity that was cancelled: a try that was under way may have brought its answer all the same. */
async function answerOf(followed: Promise<PortingState>): Promise<PortingState | undefined> {
  try {
    return await followed;
  } catch (error) {
    if (isWorkFailure(error) || isStopped(error)) return undefined;
    throw error;
  }
}
