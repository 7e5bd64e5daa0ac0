import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { brandWorkflowId, migrationWorkflowId } from '../../domain/ids.js';

/** Ends and deletes an account's workflows: Temporal would not migrate an account twice, and a benchmark must. */
export async function forgetWorkflows(
  env: StackEnvironment,
  accountId: string,
  brandId: string,
): Promise<void> {
  const connection = await Connection.connect({ address: env.TEMPORAL_ADDRESS });
  const client = new Client({ connection, namespace: env.TEMPORAL_NAMESPACE });
  for (const workflowId of [migrationWorkflowId(accountId), brandWorkflowId(accountId, brandId)]) {
    for (let tries = 0; tries < 50; tries += 1) {
      try {
        await client.workflow.getHandle(workflowId).describe();
        await client.workflowService.deleteWorkflowExecution({
          namespace: env.TEMPORAL_NAMESPACE,
          workflowExecution: { workflowId },
        });
      } catch (error) {
        if (error instanceof WorkflowNotFoundError || isNotFound(error)) break;
        throw error;
      }
      await sleep(100);
    }
  }
  await connection.close();
}

function isNotFound(error: unknown): boolean {
  return (error as { code?: unknown }).code === 5;
}
