/** Workflows for the encryption's own tests: every place where Temporal stores something from a workflow. */

import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  executeChild,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';

interface Activities {
  echo(text: string): Promise<string>;
  refuse(text: string): Promise<void>;
}

const { echo, refuse } = proxyActivities<Activities>({
  startToCloseTimeout: '10 s',
  retry: { maximumAttempts: 2, initialInterval: '10 ms' },
  summary: 'summary-marker of an activity',
});

export const told = defineSignal<[string]>('told');
export const heard = defineQuery<string>('heard');

/** Waits for a signal, asks an activity, calls a child, and ends with what all of them said. */
export async function encryptedTalk(input: string): Promise<string> {
  let text = '';
  setHandler(told, (words) => void (text = words));
  setHandler(heard, () => `query-marker ${text}`);
  setCurrentDetails(`details-marker ${input}`);
  await condition(() => text !== '');
  await sleep(1, { summary: 'timer-marker' });
  const answer = await echo(`${input} ${text}`);
  const child = await executeChild(encryptedChild, {
    args: [answer],
    workflowId: `${workflowInfo().workflowId}/child`,
    memo: { note: 'memo-marker' },
    staticSummary: 'child-summary-marker',
    staticDetails: 'child-details-marker',
  });
  log.debug('done');
  return `result-marker ${child}`;
}

export async function encryptedChild(input: string): Promise<string> {
  return `child-marker ${input}`;
}

/** Fails as the migration does: with a failure of its own, caused by an activity's. */
export async function encryptedFailure(input: string): Promise<void> {
  try {
    await refuse(input);
  } catch (cause) {
    throw ApplicationFailure.create({
      message: `workflow-failure-marker ${input}`,
      type: 'UnitsFailed',
      details: [`failure-details-marker ${input}`],
      ...(cause instanceof Error ? { cause } : {}),
      nonRetryable: true,
    });
  }
}

/** Lets an activity's failure through as it is. */
export async function encryptedPassingFailure(input: string): Promise<void> {
  await refuse(input);
}

/** Fails its first task, and stays. */
export async function encryptedTaskFailure(input: string): Promise<void> {
  throw new Error(`task-failure-marker ${input}`);
}
