import type { Connection } from '@temporalio/client';
import { stackEnv } from '../support/servers.js';
import { deadlineIn } from '../../gateways/clock.js';

/** Of Temporal's command types. */
const COMPLETE_WORKFLOW_EXECUTION = 4 as never;

/** Plays the worker for one workflow task: the workflow completes with it. */
export async function completeOpenTask(
  connection: Connection,
  taskQueue: string,
  workflowId: string,
): Promise<void> {
  const namespace = stackEnv().TEMPORAL_NAMESPACE;
  for (;;) {
    const task = await connection.withDeadline(deadlineIn(10_000), () =>
      connection.workflowService.pollWorkflowTaskQueue({ namespace, taskQueue: { name: taskQueue } }),
    );
    if (!task.workflowExecution) throw new Error(`No workflow task came on ${taskQueue}.`);
    const ours = task.workflowExecution.workflowId === workflowId;
    await connection.workflowService.respondWorkflowTaskCompleted({
      namespace,
      taskToken: task.taskToken,
      commands: ours
        ? [
            {
              commandType: COMPLETE_WORKFLOW_EXECUTION,
              completeWorkflowExecutionCommandAttributes: {},
            },
          ]
        : [],
    });
    if (ours) return;
  }
}
