/** Worker versioning: which build of the workers a workflow runs on. */

import { type Connection, isGrpcServiceError } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';

/** One version of the workers. */
export interface Deployment {
  readonly deploymentName: string;
  readonly buildId: string;
}

/**
 * A workflow moves to the current version with its next task, unless its type is pinned (`setWorkflowOptions`): a pinned workflow and its activities
 * end on the version on which it began.
 */
export function deploymentOptions(
  version: Deployment,
): NonNullable<WorkerOptions['workerDeploymentOptions']> {
  return { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' };
}

/** gRPC's. */
const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;

export interface Version {
  readonly buildId: string;
  readonly current: boolean;
  /** `draining` while workflows are pinned to it, `drained` when its workers may go; `serving` for the current one. */
  readonly state: 'serving' | 'draining' | 'drained' | 'never current';
}

export interface DeploymentOf {
  readonly connection: Connection;
  readonly namespace: string;
  readonly deploymentName: string;
}

/** The versions that Temporal knows, newest first. Empty until a versioned worker has polled. */
export async function listVersions({
  connection,
  namespace,
  deploymentName,
}: DeploymentOf): Promise<readonly Version[]> {
  const answer = await connection.workflowService
    .describeWorkerDeployment({ namespace, deploymentName })
    .catch((error: unknown) => ifCode(error, NOT_FOUND));
  const info = answer instanceof Error ? undefined : answer.workerDeploymentInfo;
  const current = info?.routingConfig?.currentDeploymentVersion?.buildId;
  const newestFirst = (info?.versionSummaries ?? []).toSorted(
    (one, other) => Number(other.createTime?.seconds ?? 0) - Number(one.createTime?.seconds ?? 0),
  );
  return newestFirst.map((summary) => {
    const buildId = summary.deploymentVersion?.buildId ?? '';
    const isCurrent = buildId === current;
    return { buildId, current: isCurrent, state: isCurrent ? 'serving' : stateOf(summary.drainageStatus) };
  });
}

/** By temporal.api.enums.v1.VersionDrainageStatus. */
function stateOf(drainage: number | null | undefined): Version['state'] {
  if (drainage === 1) return 'draining';
  return drainage === 2 ? 'drained' : 'never current';
}

/**
 * Makes the version current: new workflows, and the next tasks of those that are not pinned, go to its workers. Idempotent. Returns why not, while a queue
 * that the current version serves has no worker of this one.
 */
export async function promoteVersion(
  of: DeploymentOf,
  buildId: string,
): Promise<'promoted' | { readonly missing: string }> {
  const { connection, namespace, deploymentName } = of;
  const known = await listVersions(of);
  if (!known.some((version) => version.buildId === buildId))
    return { missing: `No worker of ${deploymentName} ${buildId} has polled yet.` };
  const answer = await connection.workflowService
    .setWorkerDeploymentCurrentVersion({ namespace, deploymentName, buildId, identity: 'carryover' })
    .catch((error: unknown) => ifCode(error, FAILED_PRECONDITION));
  return answer instanceof Error ? { missing: answer.message } : 'promoted';
}

function ifCode(error: unknown, code: number): Error {
  if (isGrpcServiceError(error) && (error.code as number) === code) return error;
  throw error;
}
