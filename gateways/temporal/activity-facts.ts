import { asyncLocalStorage } from '@temporalio/activity';

/** The fields of a log line about the activity that writes it; empty outside of activities. The workflow's id contains those of account and brand. */
export function activityFacts(): object {
  const info = asyncLocalStorage.getStore()?.info;
  if (info === undefined) return {};
  return { workflowId: info.workflowExecution?.workflowId, activityType: info.activityType };
}
