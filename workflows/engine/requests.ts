import { defineSignal, setHandler } from '@temporalio/workflow';

/**
 * Does the work, and once more whenever it was asked for again meanwhile. Call it before the workflow's first await.
 *
 * MUST NOT await between the last look at the requests and the end: a signal that comes then makes Temporal repeat the task with it.
 *
 * @param work gets the number of requests that came since it began
 */
export async function whileRequested(
  signal: string,
  work: (requests: () => number) => Promise<void>,
): Promise<void> {
  let requests = 0;
  setHandler(defineSignal(signal), () => void (requests += 1));
  do {
    requests = 0;
    await work(() => requests);
  } while (requests > 0);
}
