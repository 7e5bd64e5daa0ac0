import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { brandWorkflowId, migrationWorkflowId } from '../../domain/conversations/ids.js';

/** Terminates and deletes an account's workflows, because a benchmark migrates an account more than once, which Temporal would refuse. */
export async function forgetWorkflows(
  env: StackEnvironment,
  accountId: string,
  brandId: string,
): Promise<void> {
  const connection = await Connection.connect({ address: env.TEMPORAL_ADDRESS });
  const client = new Client({ connection, namespace: env.TEMPORAL_NAMESPACE });
  const ids = [migrationWorkflowId(accountId), brandWorkflowId(accountId, brandId)];
  for (const id of ids) await client.workflow.getHandle(id).terminate('measured').catch(unlessGone);
  const endBy = Date.now() + PATIENCE_MS;
  // A workflow that is being deleted may stay visible for a while, and vanish in between.
  for (let absent = 0; absent < 3; await sleep(200)) {
    if (Date.now() > endBy) throw new Error(`Temporal does not delete the workflows of ${accountId}`);
    const there = await Promise.all(ids.map((workflowId) => forget(client, workflowId)));
    absent = there.includes(true) ? 0 : absent + 1;
  }
  await connection.close();
}

async function forget(client: Client, workflowId: string): Promise<boolean> {
  const { namespace } = client.options;
  const execution = { namespace, workflowExecution: { workflowId } };
  try {
    await client.workflow.getHandle(workflowId).describe();
    await client.workflowService.deleteWorkflowExecution(execution).catch(unlessGone);
    return true;
  } catch (error) {
    unlessGone(error);
    return false;
  }
}

const PATIENCE_MS = 60_000;
const GRPC_NOT_FOUND = 5;

function unlessGone(error: unknown): void {
  if (error instanceof WorkflowNotFoundError) return;
  if ((error as { code?: unknown }).code !== GRPC_NOT_FOUND) throw error;
}
