import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { actionsOf, sumOf } from '../frame/actions.js';

export interface TemporalCounts {
  readonly actions: number;
  readonly activities: number;
  readonly events: number;
}

/** What an account costs in Temporal: all runs of its workflows, found by their search attribute. Throws if there are none. */
export async function temporalCounts(env: StackEnvironment, accountId: string): Promise<TemporalCounts> {
  const connection = await Connection.connect({ address: env.TEMPORAL_ADDRESS });
  try {
    const { workflow } = new Client({ connection, namespace: env.TEMPORAL_NAMESPACE });
    const runs: WorkflowHandle[] = [];
    for await (const { workflowId, runId } of workflow.list({ query: `AccountId = "${accountId}"` }))
      runs.push(workflow.getHandle(workflowId, runId));
    if (runs.length === 0) throw new Error(`Temporal has no workflows of ${accountId}`);
    const actions = await Promise.all(runs.map((run) => actionsOf(run)));
    const lengths = await Promise.all(runs.map(async (run) => (await run.describe()).historyLength));
    return {
      actions: sumOf(actions),
      activities: actions.reduce((sum, { activity = 0 }) => sum + activity, 0),
      events: lengths.reduce((sum, length) => sum + length, 0),
    };
  } finally {
    await connection.close();
  }
}
