import { setWorkflowOptions, workflowInfo } from '@temporalio/workflow';

/**
 * Has runs of the workflow end with the code with which they began, where workers have versions. Where they have none, nothing may be said of versions:
 * Temporal would then wait for workers of a version that there is not.
 */
export function pinUnit(workflow: (input: never) => Promise<unknown>): void {
  const isVersioned = (): boolean => (workflowInfo().currentDeploymentVersion?.deploymentName ?? '') !== '';
  setWorkflowOptions(() => (isVersioned() ? { versioningBehavior: 'PINNED' } : {}), workflow);
}
