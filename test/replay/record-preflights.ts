import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, it } from 'vitest';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import { preflightStart } from '../../gateways/temporal/conversations/preflight.js';
import { devServerTests, failureOf, type WorkflowTests } from '../workflows/environment.js';
import { keep } from './histories.js';

const FAILED = 'acc_preflight_failed';

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await devServerTests({
    async preflight({ accountId }: { readonly accountId: string }) {
      if (accountId === FAILED)
        throw ApplicationFailure.create({ type: 'AccountUnknown', message: 'none', nonRetryable: true });
      return { at: '2026-01-05T10:00:00.000Z' };
    },
  });
});
afterAll(() => tests.close());

function ask(accountId: string) {
  const { type, options } = preflightStart(accountId);
  return tests.client.workflow.start(type, { ...options, taskQueue: TASK_QUEUES.workflows });
}

it('a preflight that ends with its answer', async () => {
  const handle = await ask('acc_preflight_done');
  await handle.result();
  await keep('preflight-done', handle);
});

it('a preflight of an account that nobody knows', async () => {
  const handle = await ask(FAILED);
  await failureOf(handle);
  await keep('preflight-failed', handle);
});
