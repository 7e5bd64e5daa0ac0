import { FOLLOW_SIGNAL, WORKFLOW_TYPES, followWorkflowId } from '../../../domain/conversations/ids.js';
import type { FollowLane } from '../../../domain/conversations/ids.js';
import type { SignalledStart } from '../kind.js';

/** Starts the workflow of a lane, or makes a running one check again whether it is needed. */
export function followStart(lane: FollowLane): SignalledStart {
  return {
    type: WORKFLOW_TYPES.follow,
    options: {
      workflowId: followWorkflowId(lane),
      args: [{ lane }],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary:
        lane === 'polling'
          ? "Polls the source's tables for what is new"
          : `Follows what changes in the source's table of ${lane}`,
      staticDetails:
        'Serves all accounts that are being migrated. Ends when none needs it, and is started by the next.',
    },
    signalled: { signal: FOLLOW_SIGNAL, signalArgs: [] },
  };
}
