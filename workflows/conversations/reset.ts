import { setCurrentDetails } from '@temporalio/workflow';
import type { OperationActivities } from '../../activities/conversations/operations/types.js';
import type { OperationInput } from '../../domain/conversations/operations.js';
import { ActivityProxies } from '../engine/activities.js';
import { whileRequested } from '../engine/requests.js';
import { UNPAUSED, inRounds } from '../engine/rounds.js';

/**
 * Undoes an account's migration and starts it again. Every step may be repeated, so a crash anywhere is followed by the rest.
 * The store says whether there is anything to do: asked again after the end it does nothing unless a new reset was asked for.
 */
export function ResetWorkflow({ accountId }: OperationInput): Promise<void> {
  return whileRequested('reset', () => reset(accountId));
}

async function reset(accountId: string): Promise<void> {
  const input = { accountId };
  const proxies = new ActivityProxies<OperationActivities>(accountId);
  const work = (summary: string) => proxies.with('patientLane', summary);
  setCurrentDetails('Ending what runs for the account.');
  if (!(await work('End what runs').endWorkflows(input)).asked) return;
  setCurrentDetails('Cancelling open port orders at the carrier.');
  const { cancelled, kept } = await work('Cancel open port orders').cancelPorts(input);
  setCurrentDetails(
    `Removing what was imported. Port orders cancelled: ${cancelled}; too late to cancel, and followed on: ${kept}.`,
  );
  let rounds = 0;
  const round = async () => {
    const { done } = await work('Remove what was imported').removeImported(input);
    return { finished: done, progress: (rounds += 1) };
  };
  do await inRounds({ ...UNPAUSED, round });
  while (!(await work('Start again').finishReset(input)).finished);
  setCurrentDetails('**Done.** The migration is started again from the beginning.');
}
