/** What Temporal shows of a workflow: its task, and its activities. */

import type { ActivityFact, ExplainedMigration, WorkflowFact } from './facts.js';
import { msBetween, since } from './moments.js';
import { queueWait } from './queue-waits.js';
import { backingOffWait, ofUnit } from './retry-waits.js';
import type { Wait } from './waits.js';

/** A task younger than this is about to be taken by a worker, and explains nothing. */
const UNTAKEN_MS = 3_000;
/** Activities that send heartbeats do so every 10 s, and the SDK passes them on every 24. */
const HEARTBEAT_MS = 27_000;

/** In the order in which they hold back a workflow. */
const FIRST: readonly ActivityFact['state'][] = ['backing-off', 'waiting', 'running'];

/** Undefined if the workflow waits for nothing that Temporal shows. */
export function workflowWait(
  workflow: WorkflowFact,
  unit: string | null,
  migration: ExplainedMigration,
  left: number,
): Wait | undefined {
  const { words, now, key } = migration;
  const whose = unit === null ? `${words.subject} ${key}` : `${words.unit} ${unit}`;
  const { untakenSince, queue } = workflow;
  if (untakenSince !== null && msBetween(untakenSince, now) > UNTAKEN_MS)
    return queueWait(
      { queue, type: 'workflow', unit, what: `the workflow of ${whose}`, since: untakenSince, left },
      migration,
    );
  const [activity] = workflow.activities.toSorted((a, b) => FIRST.indexOf(a.state) - FIRST.indexOf(b.state));
  return activity && activityWait(activity, unit, migration, left);
}

function activityWait(
  activity: ActivityFact,
  unit: string | null,
  migration: ExplainedMigration,
  left: number,
): Wait {
  const { now } = migration;
  if (activity.state === 'backing-off') return backingOffWait(activity, unit, migration, left);
  const what = doing(activity, unit, migration);
  if (activity.state === 'waiting')
    return queueWait(
      { queue: activity.queue, type: 'activity', unit, what, since: activity.since, left },
      migration,
    );
  const { heartbeatAt, worker, attempt } = activity;
  const details = { activity: activity.activity, worker, attempt, heartbeat_at: heartbeatAt };
  if (heartbeatAt !== null && msBetween(heartbeatAt, now) > HEARTBEAT_MS)
    return {
      reason: 'worker-silent',
      unit,
      since: heartbeatAt,
      clause: `${what} waits for the worker ${worker ?? 'that has it'}, which has given no sign of life${since(heartbeatAt)}: Temporal then gives it to another one`,
      nextStep: 'Nothing to do if another worker runs: it takes over. Otherwise start a worker.',
      left,
      details,
    };
  return { reason: 'working', unit, since: activity.since, clause: what, nextStep: null, left, details };
}

function doing({ activity }: ActivityFact, unit: string | null, { words }: ExplainedMigration): string {
  return `${words.doing({ activity, phase: null, item: null })}${ofUnit(unit, words)}`;
}
