import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, it } from 'vitest';
import { followWorkflowId } from '../../domain/conversations/ids.js';
import type { FollowLane } from '../../domain/conversations/ids.js';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import { followStart } from '../../gateways/temporal/conversations/follow.js';
import { devServerTests, until, type WorkflowTests } from '../workflows/environment.js';
import { Gate } from '../workflows/fakes.js';
import { keep } from './histories.js';
import { callsOf, others, scripts } from './scripted-activities.js';

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await devServerTests(others);
});
afterAll(() => tests.close());

async function follow(lane: FollowLane): Promise<WorkflowHandle> {
  const { type, options, signalled } = followStart(lane);
  return tests.client.workflow.signalWithStart(type, {
    ...options,
    ...signalled,
    taskQueue: TASK_QUEUES.workflows,
  });
}

it('following of a table, lane after lane, and with another worker', async () => {
  const gate = new Gate();
  let lanes = 0;
  scripts.set('messages', {
    async followTable() {
      lanes += 1;
      if (lanes === 2) await gate.passed;
      return { followed: lanes < 3 };
    },
  });
  const handle = await follow('messages');
  await until(() => callsOf('messages', 'followTable') === 2, 'the second lane follows');
  gate.open();
  await tests.replaceWorkers();
  await handle.result();
  await keep('follow-table', handle);
});

it('polling that is asked for once more while it ends', async () => {
  const gate = new Gate();
  const name = followWorkflowId('polling');
  scripts.set(name, {
    async pollSource() {
      if (callsOf(name, 'pollSource') === 1) await gate.passed;
      return { followed: false };
    },
  });
  const handle = await follow('polling');
  await until(() => callsOf(name, 'pollSource') === 1, 'it polls');
  await follow('polling');
  gate.open();
  await handle.result();
  await keep('follow-polling', handle);
});
