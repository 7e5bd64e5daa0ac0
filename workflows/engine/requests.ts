import { defineSignal, setHandler } from '@temporalio/workflow';

/**
 * Does the work, and repeats it if another request arrived meanwhile. Call it before the workflow's first await.
 *
 * MUST NOT await between the last read of `requests` and the end: a signal that arrives in between makes Temporal repeat the workflow task.
 *
 * @param work receives the number of requests since it began
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
