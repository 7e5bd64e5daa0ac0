import { setCurrentDetails } from '@temporalio/workflow';
import type { OperationActivities } from '../../activities/conversations/operations/types.js';
import type { OperationInput } from '../../domain/conversations/operations.js';
import { ActivityProxies } from '../engine/activities.js';
import { whileRequested } from '../engine/requests.js';
import { UNPAUSED, inRounds } from '../engine/rounds.js';

/**
 * Undoes an account's migration and starts it again. Every step is idempotent, so a crash at any point is followed by the rest. The store says
 * whether there is anything to do: another run after the end changes nothing unless a new reset was requested.
 */
export function ResetWorkflow({ accountId }: OperationInput): Promise<void> {
  return whileRequested('reset', () => reset(accountId));
}

async function reset(accountId: string): Promise<void> {
  const input = { accountId };
  const proxies = new ActivityProxies<OperationActivities>(accountId);
  const work = (summary: string) => proxies.with('patientLane', summary);
  setCurrentDetails('Ending the workflows of the account.');
  if (!(await work('End the workflows of the account').endWorkflows(input)).asked) return;
  setCurrentDetails('Cancelling open port orders at the carrier.');
  const { cancelled, kept } = await work('Cancel open port orders').cancelPorts(input);
  setCurrentDetails(
    `Removing imported data. Port orders cancelled: ${cancelled}; too late to cancel, still followed: ${kept}.`,
  );
  let rounds = 0;
  const round = async () => {
    const { done } = await work('Remove imported data').removeImported(input);
    return { finished: done, progress: (rounds += 1) };
  };
  do await inRounds({ ...UNPAUSED, round });
  while (!(await work('Start again').finishReset(input)).finished);
  setCurrentDetails('**Done.** The migration starts again from the beginning.');
}
