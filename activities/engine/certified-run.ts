/** The run that issued a certificate, as the certificate states it. */

import { Context } from '@temporalio/activity';

/** The running code, as certificates name it. */
export interface CodeVersion {
  readonly version: string;
  /** Null when the build did not know it. */
  readonly commit: string | null;
}

/** The workflow run of the current activity. */
export function runOfActivity(): { id: string; runId: string } {
  const { workflowExecution } = Context.current().info;
  return { id: workflowExecution?.workflowId ?? '', runId: workflowExecution?.runId ?? '' };
}
