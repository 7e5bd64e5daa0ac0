import { defineSignal, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { OperationInput } from '../../domain/engine/operations.js';
import { workActivities } from '../engine/operation-activities.js';

export const resetSignal = defineSignal('reset');

/**
 * Undoes an account's migration and starts it again. Every step may be repeated, so a crash anywhere is followed by the rest.
 * Whether there is anything to do is the store's to say: asked again after the end it does nothing unless a new reset was asked for.
 *
 * MUST NOT await between the last look at `asked` and the end: a signal that comes then makes Temporal repeat the task with it.
 */
export async function ResetWorkflow({ accountId }: OperationInput): Promise<void> {
  let asked = 0;
  setHandler(resetSignal, () => void (asked += 1));
  do {
    asked = 0;
    await reset(accountId);
  } while (asked > 0);
}

async function reset(accountId: string): Promise<void> {
  const input = { accountId };
  setCurrentDetails('Ending what runs for the account.');
  if (!(await workActivities('End what runs').endWorkflows(input)).asked) return;
  setCurrentDetails('Cancelling open port orders at the carrier.');
  const { cancelled, kept } = await workActivities('Cancel open port orders').cancelPorts(input);
  setCurrentDetails(
    `Removing what was imported. Port orders cancelled: ${cancelled}; too late to cancel, and followed on: ${kept}.`,
  );
  do {
    while (!(await workActivities('Remove what was imported').removeImported(input)).done);
  } while (!(await workActivities('Start again').finishReset(input)).finished);
  setCurrentDetails('**Done.** The migration is started again from the beginning.');
}
