import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { type QueueName, TASK_QUEUES } from '../../domain/engine/ids.js';
import { type Deployment, deploymentOptions } from './deployment.js';
import { dataConverter } from './encryption/data-converter.js';
import type { PayloadKeys } from './encryption/keys.js';
import { readWorkflowBundle } from './encryption/workflow-bundle.js';

type Activities = Readonly<Record<string, unknown>>;

export interface QueueOptions {
  /** The task queues that are served. */
  readonly queues: readonly QueueName[];
  readonly workflowBundlePath: string;
  readonly callActivities: Activities;
  readonly importActivities: Activities;
  readonly followActivities: Activities;
  /** The version that these workers are; undefined for workers without versions. */
  readonly deployment?: Deployment | undefined;
  /** If set, encrypts what Temporal stores of inputs, results and failures. */
  readonly payloadKeys?: PayloadKeys | undefined;
  /** Of traces. */
  readonly tracing?: Pick<WorkerOptions, 'interceptors' | 'sinks'> | undefined;
}

/** How long a batch and the release of its leases may take after the process is told to end. */
const SHUTDOWN_GRACE = '20s';

/** One worker for each queue, so that imports never delay short calls, even within a process. None of them runs yet. */
export async function createWorkers(
  connection: NativeConnection,
  namespace: string,
  options: QueueOptions,
): Promise<readonly Worker[]> {
  const converter = dataConverter(options.payloadKeys);
  const shared = {
    connection,
    namespace,
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: '40s',
    ...options.tracing,
    ...(converter === undefined ? {} : { dataConverter: converter }),
    ...(options.deployment === undefined
      ? {}
      : { workerDeploymentOptions: deploymentOptions(options.deployment) }),
  } as const;
  return Promise.all(
    options.queues.map(async (queue) =>
      Worker.create({ ...shared, taskQueue: TASK_QUEUES[queue], ...(await OF_QUEUE[queue](options)) }),
    ),
  );
}

type OfQueue = (options: QueueOptions) => Partial<WorkerOptions> | Promise<Partial<WorkerOptions>>;

const OF_QUEUE: Readonly<Record<QueueName, OfQueue>> = {
  workflows: async (options) => ({
    workflowBundle: await readWorkflowBundle(options.workflowBundlePath, options.payloadKeys),
    // After a crash another worker receives the workflow's task after this time instead of the default ten seconds.
    stickyQueueScheduleToStartTimeout: '3s',
  }),
  calls: ({ callActivities }) => ({
    activities: callActivities,
    maxConcurrentActivityTaskExecutions: 50,
  }),
  imports: ({ importActivities }) => ({
    activities: importActivities,
    // Lanes share the thread and the slices of their process, so more slots would not make them faster.
    maxConcurrentActivityTaskExecutions: 8,
    // With one poll for each process, the one that has waited longest gets the next task. With several, all lanes of a brand could go to one
    // process.
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 },
  }),
  following: ({ followActivities }) => ({
    activities: followActivities,
    // A follower never ends by itself, and repeats what it has not recorded. It continues until Temporal has forgotten the polls of this process: a
    // task that is given to one of them is lost, and nobody follows until it has timed out. Three seconds suffice for a server under load; one was
    // not always enough.
    shutdownGraceTime: '3s',
    // One for each source table, and one that polls.
    maxConcurrentActivityTaskExecutions: 3,
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 },
  }),
};
