import { setWorkflowOptions, workflowInfo } from '@temporalio/workflow';

/**
 * Pins runs of the workflow to the code with which they began, if workers have versions. Without versions the option must not be set: Temporal
 * would then wait for workers of a version that does not exist.
 */
export function pinUnit(workflow: (input: never) => Promise<unknown>): void {
  const isVersioned = (): boolean => (workflowInfo().currentDeploymentVersion?.deploymentName ?? '') !== '';
  setWorkflowOptions(() => (isVersioned() ? { versioningBehavior: 'PINNED' } : {}), workflow);
}
