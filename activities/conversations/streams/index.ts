import { sourceStream } from '../../../gateways/dynamodb/streams/source-stream.js';
import { followStart } from '../../../gateways/temporal/conversations/follow.js';
import type { WorkflowControl } from '../../../gateways/temporal/workflow-control.js';
import { applyHints, applyWaiting, keepHints } from '../following/apply-hints.js';
import type { FollowingDependencies } from '../following/apply-hints.js';
import { createCatchUp } from '../following/catch-up.js';
import { createPollSource } from '../polling/poll-source.js';
import type { FollowActivities } from '../types.js';
import { ensureFollowed } from './ensure-followed.js';
import type { JoinDependencies } from './ensure-followed.js';
import { createFollowTable } from './follow-table.js';
import type { HintApplier } from './beside-waiting.js';
import type { FollowDependencies } from './follow-table.js';

export interface StreamDependencies
  extends
    FollowingDependencies,
    Pick<FollowDependencies, 'streamsWanted' | 'fetchFiles' | 'logger' | 'onMoved'> {
  readonly workflows: Pick<WorkflowControl, 'start'>;
}

/** Has the brands of an account followed, before an import of them is planned. */
export type Follow = (account: {
  readonly accountId: string;
  readonly brandIds: readonly string[];
}) => Promise<unknown>;

/** Applies hints by reading the source again. */
export function hintApplier(deps: FollowingDependencies): HintApplier {
  return {
    apply: (brand, hints, signal) => applyHints(deps, brand, hints, signal),
    keep: (brand, hints) => keepHints(deps, brand, hints),
    applyWaiting: (signal) => applyWaiting(deps, signal),
  };
}

/** What follows the source: the activity of the task queue `following`, and how an account joins. */
export function createFollowing(deps: StreamDependencies): {
  readonly activities: FollowActivities;
  readonly follow: Follow;
} {
  const { tables, workflows } = deps;
  const streams = {
    threads: sourceStream(tables, 'threads'),
    messages: sourceStream(tables, 'messages'),
  };
  const hints = hintApplier(deps);
  const catchUp = createCatchUp({ ...deps, apply: hints.apply });
  const startFollowers: JoinDependencies['startFollowers'] = (lanes) =>
    workflows.start(lanes.map((lane) => followStart(lane)));
  const startPolling = () => startFollowers(['polling']);
  return {
    activities: {
      followTable: createFollowTable({ ...deps, streams, hints, catchUp, startPolling }),
      pollSource: createPollSource({ ...deps, hints, catchUp }),
    },
    follow: (account) => ensureFollowed({ ...deps, streams, startFollowers }, account),
  };
}
