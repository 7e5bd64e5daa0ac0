import {
  continueAsNew,
  defineSignal,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { OperationInput, QuarantineRetrySignal } from '../../domain/engine/operations.js';
import { quarantineRetryOf } from '../../domain/engine/signals.js';
import { workActivities } from '../engine/operation-activities.js';

export const retryQuarantinedSignal = defineSignal<[QuarantineRetrySignal]>('retry-quarantined');

/** What was asked for and is not done; a run that continues as new hands it to the next. */
export interface QuarantineRetryCarried {
  readonly asked: readonly Asked[];
}

interface Asked {
  readonly records?: readonly string[];
  readonly after?: string;
}

/**
 * Reads quarantined records at the source again and takes those that can be taken now, one request after the other.
 *
 * MUST NOT await between the last look at `asked` and the end: a signal that comes then makes Temporal repeat the task with it.
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
  let [imported, quarantined] = [0, 0];
  for (let next = asked[0]; next !== undefined; next = asked[0]) {
    if (workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof QuarantineRetryWorkflow>({ accountId }, { asked });
    }
    const answer = await workActivities('Read quarantined records again').retryQuarantined({
      accountId,
      ...next,
    });
    imported += answer.imported;
    quarantined += answer.quarantined;
    if (answer.after === undefined) asked.shift();
    else asked[0] = { ...next, after: answer.after };
    setCurrentDetails(`Taken: ${imported}. Still in quarantine: ${quarantined}.`);
  }
}
