import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type NumberPortingInput,
  type PortingNewsSignal,
  type PortingProgress,
  QUERIES,
  SIGNALS,
} from '../../domain/messages.js';
import { PORTING_STATUSES, type PortingState, isPortingEnded } from '../../domain/porting.js';
import { activitiesOf } from '../activities.js';
import { portingDetails } from '../details.js';
import { orKnownFailure } from '../failures.js';
import { label } from '../labels.js';

export const portingNewsSignal = defineSignal<[PortingNewsSignal]>(SIGNALS.portingNews);
export const orderAgainSignal = defineSignal(SIGNALS.orderAgain);
export const portingProgressQuery = defineQuery<PortingProgress>(QUERIES.progress);

const LONGEST_POLL_SECONDS = 86_400;

/**
 * Follows one number's port, for minutes or weeks, until it has ended. It outlives the migration that started it.
 *
 * - The store decides how news settle; what its activities answer is the state, whatever was sent.
 * - News that arrive before the order is placed, or while something else is done, are kept and recorded in order.
 * - Carriers forget to call back: one that has said nothing is asked, at first after `pollSeconds`, then at doubling
 *   intervals up to a day; news begin this anew.
 * - Told to order again, it asks the store once more before it ends: a retry may come between the port's end and the run's.
 *
 * Completes only with `complete`. A port that is refused or cancelled ends as a failure, so that the same id may run again
 * once an operator has settled it, and a completed port never does.
 */
export async function NumberPortingWorkflow(input: NumberPortingInput): Promise<PortingState> {
  const { accountId, channelId, pollSeconds, carried } = input;
  const news: PortingState[] = [...(carried?.news ?? [])];
  setHandler(portingNewsSignal, (word) => {
    // A signal sent by hand may carry anything; that must not break a port of weeks.
    if (PORTING_STATUSES.includes(word.status)) news.push(word);
  });

  let isOrderedAgain = false;
  setHandler(orderAgainSignal, () => void (isOrderedAgain = true));

  let state: PortingState = carried?.state ?? { status: 'pending', at: new Date().toISOString() };
  let nextPollAt: number | undefined;
  setHandler(portingProgressQuery, () => progressOf(state, nextPollAt));
  const tell = (): void => setCurrentDetails(portingDetails(progressOf(state, nextPollAt)));
  tell();

  const { orderPort, recordPortingNews, askPort } = activitiesOf(accountId);
  const what = `the port of channel ${channelId}`;
  if (carried === undefined) state = await orKnownFailure(what, () => orderPort(channelId));

  let waitSeconds = carried?.nextPollSeconds ?? pollSeconds;
  for (;;) {
    if (isPortingEnded(state.status)) {
      if (!isOrderedAgain || state.status === 'complete') break;
      isOrderedAgain = false;
      state = await orKnownFailure(what, () => orderPort(channelId));
      continue;
    }
    if (workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof NumberPortingWorkflow>({
        ...input,
        carried: { state, nextPollSeconds: waitSeconds, news },
      });
    }
    label({ accountId, phase: state.status === 'exception' ? 'exception' : 'porting' });
    nextPollAt = Date.now() + waitSeconds * 1000;
    tell();
    await condition(() => news.length > 0, waitSeconds * 1000);
    const word = news.shift();
    if (word !== undefined) {
      state = await orKnownFailure(what, () => recordPortingNews(channelId, word));
      waitSeconds = pollSeconds;
    } else {
      state = await orKnownFailure(what, () => askPort(channelId));
      waitSeconds = Math.min(waitSeconds * 2, LONGEST_POLL_SECONDS);
    }
  }

  nextPollAt = undefined;
  tell();
  if (state.status !== 'complete') {
    throw ApplicationFailure.nonRetryable(
      `The carrier has ${state.status} the port of channel ${channelId}.`,
      'CarrierRefused',
    );
  }
  return state;
}

function progressOf(state: PortingState, nextPollAt: number | undefined): PortingProgress {
  return {
    status: state.status,
    since: state.at,
    ...(nextPollAt !== undefined && { nextPollAt: new Date(nextPollAt).toISOString() }),
  };
}
