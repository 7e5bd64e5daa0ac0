/** What Temporal knows about workers, queues, schedules and deployments, for operators. */

import { type Client, type Connection, isGrpcServiceError } from '@temporalio/client';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import type { CallWithin } from './calls-within.js';

export interface SystemWorker {
  readonly queue: string;
  readonly identity: string;
  /** The worker's build; null if it reports none. */
  readonly version: string | null;
  /** ISO 8601; when it last asked for work. */
  readonly lastAccess: string | null;
}

export interface SystemQueue {
  readonly queue: string;
  readonly kind: 'workflow' | 'activity';
  /** About how many tasks wait; null if the server does not say. */
  readonly backlog: number | null;
  /** The age of the task that has waited longest. */
  readonly oldestSeconds: number | null;
}

export interface SystemSchedule {
  readonly id: string;
  readonly next: string | null;
  readonly last: string | null;
  readonly paused: boolean;
}

export interface SystemDeployment {
  readonly name: string;
  /** The current version; null while none is. */
  readonly version: string | null;
  readonly createdAt: string | null;
}

export interface TemporalSystem {
  readonly workers: readonly SystemWorker[];
  readonly queues: readonly SystemQueue[];
  readonly schedules: readonly SystemSchedule[];
  readonly deployments: readonly SystemDeployment[];
}

interface Server {
  readonly connection: Connection;
  readonly client: Client;
  readonly namespace: string;
  readonly within: CallWithin;
}

/** Temporal's numbers of the two types of task queues. */
const QUEUE_TYPES = [
  ['workflow', 1],
  ['activity', 2],
] as const;
/** The number of schedules and deployments at most. */
const MOST = 100;
/** gRPC's UNIMPLEMENTED: an older server. */
const UNIMPLEMENTED = 12;

/** Throws while Temporal is unavailable. */
export function systemReader(server: Server): (timeoutMs: number) => Promise<TemporalSystem> {
  return (timeoutMs) =>
    server.within(timeoutMs, async () => {
      const [found, schedules, deployments] = await Promise.all([
        Promise.all(
          Object.values(TASK_QUEUES).flatMap((queue) =>
            QUEUE_TYPES.map(([kind, type]) => readQueue(server, queue, kind, type)),
          ),
        ),
        readSchedules(server),
        readDeployments(server),
      ]);
      return {
        workers: latestOfEach(found.flatMap(({ workers }) => workers)),
        queues: found.map(({ queue }) => queue),
        schedules,
        deployments,
      };
    });
}

async function readQueue(
  { connection, namespace }: Server,
  queue: string,
  kind: SystemQueue['kind'],
  taskQueueType: 1 | 2,
): Promise<{ readonly queue: SystemQueue; readonly workers: readonly SystemWorker[] }> {
  const { pollers, stats } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: queue },
    taskQueueType,
    reportStats: true,
  });
  return {
    queue: {
      queue,
      kind,
      backlog: stats ? Number(stats.approximateBacklogCount ?? 0) : null,
      oldestSeconds: stats ? Number(stats.approximateBacklogAge?.seconds ?? 0) : null,
    },
    workers: (pollers ?? []).map((poller) => ({
      queue,
      identity: poller.identity ?? '',
      version: poller.deploymentOptions?.buildId || poller.workerVersionCapabilities?.buildId || null,
      lastAccess: isoOf(poller.lastAccessTime),
    })),
  };
}

/** A worker that polls a queue for workflows and activities is one worker. */
function latestOfEach(workers: readonly SystemWorker[]): SystemWorker[] {
  const latest = new Map<string, SystemWorker>();
  for (const worker of workers) {
    const key = JSON.stringify([worker.queue, worker.identity]);
    const known = latest.get(key);
    if (known === undefined || (known.lastAccess ?? '') < (worker.lastAccess ?? '')) latest.set(key, worker);
  }
  return [...latest.values()];
}

async function readSchedules({ client }: Server): Promise<SystemSchedule[]> {
  const schedules: SystemSchedule[] = [];
  for await (const { scheduleId: id, state, info } of client.schedule.list({ pageSize: MOST })) {
    if (schedules.length >= MOST) break;
    const last = info?.recentActions.at(-1)?.takenAt;
    schedules.push({
      id,
      next: info?.nextActionTimes[0]?.toISOString() ?? null,
      last: last?.toISOString() ?? null,
      paused: state.paused,
    });
  }
  return schedules;
}

async function readDeployments({ connection, namespace }: Server): Promise<SystemDeployment[]> {
  try {
    const { workerDeployments } = await connection.workflowService.listWorkerDeployments({
      namespace,
      pageSize: MOST,
    });
    return (workerDeployments ?? []).map(({ name, createTime, routingConfig }) => ({
      name: name ?? '',
      version: routingConfig?.currentDeploymentVersion?.buildId || null,
      createdAt: isoOf(createTime),
    }));
  } catch (error) {
    if (isGrpcServiceError(error) && (error.code as number) === UNIMPLEMENTED) return [];
    throw error;
  }
}

function isoOf(time: { seconds?: unknown; nanos?: number | null } | null | undefined): string | null {
  const ms = Number(time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1e6;
  return ms === 0 ? null : new Date(ms).toISOString();
}
