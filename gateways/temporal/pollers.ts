import { type ClientOptions, lazyClient } from './lazy-client.js';

/** Temporal's numbers of the two sorts of task queue. */
const SORTS = { workflows: 1, activities: 2 } as const;
export type QueueSort = keyof typeof SORTS;

export interface AskedQueue {
  readonly queue: string;
  readonly sort: QueueSort;
}

/** The queues that no worker has polled in the last minutes. Throws gRPC's errors; ask `ping` first. */
export async function unpolledQueues(
  options: ClientOptions,
  queues: readonly AskedQueue[],
  timeoutMs: number,
): Promise<readonly AskedQueue[]> {
  const { connection, namespace, within } = lazyClient(options);
  try {
    const unpolled = async (each: AskedQueue) => {
      const { pollers } = await connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: each.queue },
        taskQueueType: SORTS[each.sort],
      });
      return pollers.length === 0 ? [each] : [];
    };
    return (await within(timeoutMs, () => Promise.all(queues.map(unpolled)))).flat();
  } finally {
    await connection.close();
  }
}
