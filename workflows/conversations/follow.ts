import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { FollowActivities } from '../../activities/conversations/types.js';
import { FOLLOW_SIGNAL, followWorkflowId } from '../../domain/conversations/ids.js';
import type { FollowLane } from '../../domain/conversations/ids.js';
import { ActivityProxies } from '../engine/activities.js';
import { whileRequested } from '../engine/requests.js';

/**
 * Follows the source for as long as an account needs it: by the stream of a table, or by polling for all accounts that no stream serves. There is one for each
 * lane, whatever the number of accounts.
 */
export function FollowWorkflow(input: { readonly lane: FollowLane }): Promise<void> {
  const { lane } = input;
  const proxies = new ActivityProxies<FollowActivities>(followWorkflowId(lane));
  const follow = async (): Promise<{ readonly followed: boolean }> => {
    if (lane === 'polling') return proxies.with('follower', 'Poll the tables for what is new').pollSource();
    return proxies
      .with('follower', `Follow what changes in the table of ${lane}`)
      .followTable({ table: lane });
  };
  return whileRequested(FOLLOW_SIGNAL, async () => {
    for (;;) {
      if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof FollowWorkflow>(input);
      if (!(await follow()).followed) return;
    }
  });
}
