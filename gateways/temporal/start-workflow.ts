import type { Client } from '@temporalio/client';
import type { SignalledStart, WorkflowStart } from './kind.js';

/** Starts a workflow, subject to its conflict policy, with its signal if it has one. */
export async function startWorkflow(
  client: Client,
  { type, options, ...more }: SignalledStart | WorkflowStart,
  taskQueue: string,
): Promise<void> {
  if ('signalled' in more)
    await client.workflow.signalWithStart(type, { ...options, ...more.signalled, taskQueue });
  else await client.workflow.start(type, { ...options, taskQueue });
}
