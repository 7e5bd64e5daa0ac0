/** Describes workflows and task queues, to explain what a migration waits for. Descriptions are not billed, and change nothing. */

import { isGrpcServiceError, type Connection } from '@temporalio/client';
import type {
  ActivityFact,
  QueueFact,
  TemporalFacts,
  WorkflowFact,
} from '../../domain/engine/explain/facts.js';
import { SEARCH_ATTRIBUTES } from '../../domain/engine/web-ui/labels.js';
import type { CallWithin } from './calls-within.js';

type Description = Awaited<ReturnType<Connection['workflowService']['describeWorkflowExecution']>>;
type PendingActivity = NonNullable<Description['pendingActivities']>[number];
type Time = { readonly seconds?: { toNumber(): number } | number | null; readonly nanos?: number | null };

export type DescribedWorkflows = Omit<Extract<TemporalFacts, { answers: true }>, 'ahead'>;

interface Server {
  readonly connection: Connection;
  readonly namespace: string;
  readonly within: CallWithin;
}

/** Workflows of units that are described: as many as a migration usually has running at once. */
const MOST_UNITS = 8;
const NOT_FOUND = 5;
/** Of Temporal's enums. */
const [SCHEDULED, TASK_SCHEDULED] = [1, 1];
const TYPES = { workflow: 1, activity: 2 } as const;
const STATUSES = [
  'unknown',
  'running',
  'completed',
  'failed',
  'cancelled',
  'terminated',
  'continued',
  'timed out',
  'paused',
];

/**
 * Describes a migration's workflow, the running workflows of its units, and the queues on which they wait: at most 1 + 8 + 4 calls, which share a
 * deadline. Throws while Temporal does not answer.
 */
export function workflowDescriber({ connection, namespace, within }: Server) {
  const describe = async (workflowId: string): Promise<Description | undefined> =>
    connection.workflowService
      .describeWorkflowExecution({ namespace, execution: { workflowId } })
      .catch((error: unknown) => {
        if (isGrpcServiceError(error) && (error.code as number) === NOT_FOUND) return undefined;
        throw error;
      });

  return (workflowId: string, now: string, timeoutMs: number): Promise<DescribedWorkflows> =>
    within(timeoutMs, async () => {
      const found = await describe(workflowId);
      const children = (found?.pendingChildren ?? []).slice(0, MOST_UNITS);
      const described = await Promise.all(children.map((child) => describe(child.workflowId ?? '')));
      const units = described.flatMap((each) => {
        const unit = each && unitOf(each);
        return each && unit !== undefined ? [{ ...workflowFact(each, now), unit }] : [];
      });
      const workflow = found === undefined ? null : workflowFact(found, now);
      const queues = await Promise.all(
        waitedFor([...(workflow ? [workflow] : []), ...units]).map((queue) =>
          describeQueue(connection, namespace, queue),
        ),
      );
      return { answers: true, workflow, units, queues };
    });
}

function workflowFact(described: Description, now: string): WorkflowFact {
  const { workflowExecutionInfo: info, executionConfig, pendingWorkflowTask: task } = described;
  const status = STATUSES[info?.status ?? 0] ?? 'unknown';
  // Temporal still shows what was open when the workflow was ended from outside.
  const isRunning = status === 'running';
  const isUntaken = isRunning && Number(task?.state) === TASK_SCHEDULED;
  return {
    id: info?.execution?.workflowId ?? '',
    runId: info?.execution?.runId ?? '',
    status,
    closedAt: timeOf(info?.closeTime),
    queue: executionConfig?.taskQueue?.name ?? '',
    untakenSince: isUntaken ? timeOf(task?.originalScheduledTime ?? task?.scheduledTime) : null,
    activities: isRunning
      ? (described.pendingActivities ?? []).map((pending) => activityFact(pending, now))
      : [],
  };
}

function activityFact(pending: PendingActivity, now: string): ActivityFact {
  const nextTryAt = timeOf(pending.nextAttemptScheduleTime);
  const isScheduled = Number(pending.state) === SCHEDULED;
  const isBackingOff = isScheduled && nextTryAt !== null && Date.parse(nextTryAt) > Date.parse(now);
  return {
    activity: pending.activityType?.name ?? '',
    state: isBackingOff ? 'backing-off' : isScheduled ? 'waiting' : 'running',
    queue: pending.activityOptions?.taskQueue?.name ?? '',
    attempt: pending.attempt ?? 1,
    since: timeOf(sinceOf(pending, isScheduled, isBackingOff)) ?? now,
    nextTryAt,
    heartbeatAt: isScheduled ? null : timeOf(pending.lastHeartbeatTime),
    failureType: pending.lastFailure?.applicationFailureInfo?.type ?? null,
    worker: pending.lastWorkerIdentity === '' ? null : (pending.lastWorkerIdentity ?? null),
  };
}

function sinceOf(
  pending: PendingActivity,
  isScheduled: boolean,
  isBackingOff: boolean,
): Time | null | undefined {
  if (!isScheduled) return pending.lastStartedTime;
  return isBackingOff
    ? pending.lastAttemptCompleteTime
    : (pending.nextAttemptScheduleTime ?? pending.scheduledTime);
}

interface WaitedFor {
  readonly name: string;
  readonly type: keyof typeof TYPES;
}

function waitedFor(workflows: readonly WorkflowFact[]): WaitedFor[] {
  const found = new Map<string, WaitedFor>();
  const add = (name: string, type: WaitedFor['type']) =>
    name !== '' && found.set(`${type} ${name}`, { name, type });
  for (const { queue, untakenSince, activities } of workflows) {
    if (untakenSince !== null) add(queue, 'workflow');
    for (const activity of activities) if (activity.state === 'waiting') add(activity.queue, 'activity');
  }
  return [...found.values()];
}

async function describeQueue(
  connection: Connection,
  namespace: string,
  { name, type }: WaitedFor,
): Promise<QueueFact> {
  const { pollers, stats } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name },
    taskQueueType: TYPES[type],
    reportStats: true,
  });
  const polls = (pollers ?? []).map(({ lastAccessTime }) => timeOf(lastAccessTime) ?? '');
  return {
    queue: name,
    type,
    polledAt: polls.toSorted().at(-1) ?? null,
    workers: new Set((pollers ?? []).map(({ identity }) => identity)).size,
    backlog: Number(stats?.approximateBacklogCount ?? 0),
    dispatchRate: stats?.tasksDispatchRate ?? 0,
  };
}

/** Search attributes are JSON and never encrypted. */
function unitOf({ workflowExecutionInfo: info }: Description): string | undefined {
  const data = info?.searchAttributes?.indexedFields?.[SEARCH_ATTRIBUTES.unit.name]?.data;
  if (data === null || data === undefined) return undefined;
  const unit: unknown = JSON.parse(Buffer.from(data).toString());
  return typeof unit === 'string' ? unit : undefined;
}

function timeOf(time: Time | null | undefined): string | null {
  if (time === null || time === undefined) return null;
  const seconds = Number(time.seconds ?? 0);
  return new Date(seconds * 1_000 + (time.nanos ?? 0) / 1_000_000).toISOString();
}
