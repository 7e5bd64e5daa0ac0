import { asyncLocalStorage } from '@temporalio/activity';

/** What a line of the log says of the activity that writes it; empty outside of activities. The workflow is named after the account, and the brand. */
export function activityFacts(): object {
  const info = asyncLocalStorage.getStore()?.info;
  if (info === undefined) return {};
  return { workflowId: info.workflowExecution?.workflowId, activityType: info.activityType };
}
