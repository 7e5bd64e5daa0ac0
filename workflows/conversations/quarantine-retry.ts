import {
  continueAsNew,
  defineSignal,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { OperationActivities } from '../../activities/conversations/operations/types.js';
import { quarantineRetryOf } from '../../domain/conversations/signals.js';
import type { OperationInput, QuarantineRetrySignal } from '../../domain/conversations/operations.js';
import { ActivityProxies } from '../engine/activities.js';
import { type Round, UNPAUSED, inRounds } from '../engine/rounds.js';

export const retryQuarantinedSignal = defineSignal<[QuarantineRetrySignal]>('retry-quarantined');

/** Requests that are not done yet, as a run hands them to the next. */
export interface QuarantineRetryCarried {
  readonly asked: readonly Asked[];
}

interface Asked {
  readonly records?: readonly string[];
  readonly after?: string;
}

/**
 * Reads quarantined records at the source again and takes those that are valid now, one request after the other.
 *
 * MUST NOT await between the last read of `asked` and the end: a signal that arrives in between makes Temporal repeat the workflow task.
 */
export async function QuarantineRetryWorkflow(
  { accountId }: OperationInput,
  carried?: QuarantineRetryCarried,
): Promise<void> {
  const asked: Asked[] = [...(carried?.asked ?? [])];
  setHandler(retryQuarantinedSignal, (argument: unknown) => {
    const retry = quarantineRetryOf(argument);
    if (retry !== undefined) asked.push(retry);
  });
  const proxies = new ActivityProxies<OperationActivities>(accountId);
  let [imported, quarantined] = [0, 0];
  let rounds = 0;
  const round = async (): Promise<Round> => {
    const next = asked[0];
    if (next !== undefined) {
      const { after, ...answer } = await proxies
        .with('patientLane', 'Read quarantined records again')
        .retryQuarantined({ accountId, ...next });
      imported += answer.imported;
      quarantined += answer.quarantined;
      if (after === undefined) asked.shift();
      else asked[0] = { ...next, after };
      setCurrentDetails(`Imported: ${imported}. Still quarantined: ${quarantined}.`);
    }
    return { finished: asked.length === 0, progress: (rounds += 1) };
  };
  const between = async (): Promise<void> => {
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof QuarantineRetryWorkflow>({ accountId }, { asked });
  };
  await inRounds({ ...UNPAUSED, between, round });
}
