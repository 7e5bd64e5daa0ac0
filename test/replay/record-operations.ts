import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, it } from 'vitest';
import { operationWorkflowId } from '../../domain/conversations/ids.js';
import { REPORT, TASK_QUEUES } from '../../domain/engine/ids.js';
import { OPERATION_WORKFLOWS, type Operation } from '../../domain/conversations/operations.js';
import { devServerTests, failureOf, STEERING, until, type WorkflowTests } from '../workflows/environment.js';
import { failing, Gate } from '../workflows/fakes.js';
import { keep } from './histories.js';
import { callsOf, type Others, others, scripts } from './scripted-activities.js';

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await devServerTests(others);
});
afterAll(() => tests.close());

async function operation(
  kind: Operation,
  name: string,
  facts: Partial<Others> = {},
): Promise<WorkflowHandle> {
  const accountId = `acc_${kind}_${name}`;
  scripts.set(accountId, facts);
  return tell(kind, accountId);
}

function tell(kind: Operation, accountId: string, more: object = {}): Promise<WorkflowHandle> {
  return tests.client.workflow.signalWithStart(OPERATION_WORKFLOWS[kind], {
    workflowId: operationWorkflowId(accountId, kind),
    taskQueue: TASK_QUEUES.workflows,
    args: [{ accountId }],
    signal: kind,
    signalArgs: [{ ...STEERING, ...more }],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
}

const STEPS: Partial<Others> = {
  endWorkflows: async () => ({ asked: true }),
  cancelPorts: async () => ({ cancelled: 1, kept: 0 }),
  removeImported: async () => ({ done: true }),
  finishReset: async () => ({ finished: true }),
};

it('reset in several rounds', async () => {
  let rounds = 0;
  const handle = await operation('reset', 'done', {
    ...STEPS,
    removeImported: async () => ({ done: (rounds += 1) > 1 }),
    finishReset: async () => ({ finished: rounds > 2 }),
  });
  await handle.result();
  await keep('reset-done', handle);
});

it('reset that nobody has asked for', async () => {
  const handle = await operation('reset', 'nothing', { endWorkflows: async () => ({ asked: false }) });
  await handle.result();
  await keep('reset-nothing', handle);
});

it('reset that is asked for again, and goes on with another worker', async () => {
  const gate = new Gate();
  const accountId = 'acc_reset_again';
  const handle = await operation('reset', 'again', {
    ...STEPS,
    async cancelPorts() {
      await gate.passed;
      return { cancelled: 0, kept: 1 };
    },
  });
  await until(() => callsOf(accountId, 'cancelPorts') === 1, 'ports are cancelled');
  await tell('reset', accountId);
  gate.open();
  await tests.replaceWorkers();
  await handle.result();
  await keep('reset-again', handle);
});

it('reset that fails', async () => {
  const handle = await operation('reset', 'failed', {
    ...STEPS,
    async cancelPorts() {
      throw failing('StoreUnavailable', { final: true });
    },
  });
  await failureOf(handle);
  await keep('reset-failed', handle);
});

it('quarantine, all and some', async () => {
  let rounds = 0;
  const gate = new Gate();
  const accountId = 'acc_retry-quarantined_done';
  const handle = await operation('retry-quarantined', 'done', {
    async retryQuarantined() {
      await gate.passed;
      rounds += 1;
      return { imported: 2, quarantined: 1, ...(rounds < 3 && { after: String(rounds) }) };
    },
  });
  await until(() => callsOf(accountId, 'retryQuarantined') === 1, 'records are read');
  await tell('retry-quarantined', accountId, { records: ['4', '5'] });
  gate.open();
  await handle.result();
  await keep('quarantine-done', handle);
});

it('quarantine that fails, and one that is cancelled', async () => {
  const failed = await operation('retry-quarantined', 'failed', {
    async retryQuarantined() {
      throw failing('SourceRefused', { final: true });
    },
  });
  await failureOf(failed);
  await keep('quarantine-failed', failed);

  const gate = new Gate();
  const cancelled = await operation('retry-quarantined', 'cancelled', {
    async retryQuarantined() {
      await gate.passed;
      return { imported: 0, quarantined: 1, after: '1' };
    },
  });
  await until(() => callsOf('acc_retry-quarantined_cancelled', 'retryQuarantined') === 1, 'records are read');
  await cancelled.cancel();
  gate.open();
  await failureOf(cancelled);
  await keep('quarantine-cancelled', cancelled);
});

const BRANDS: Partial<Others> = { brandsToFetch: async () => ({ brandIds: ['br_1', 'br_2'] }) };

it('attachments that are fetched', async () => {
  const world = tests.worldOf('acc_retry-attachments_done').brand('br_1').brand('br_2');
  let left = 4;
  world.script('fetchAttachments', () => ({ stored: 1, failed: 0, left: (left -= 1) > 1 ? left : 0 }));
  const handle = await operation('retry-attachments', 'done', BRANDS);
  await handle.result();
  await keep('attachments-done', handle);
});

it('attachments that wait for a later try, and are asked for again', async () => {
  const world = tests.worldOf('acc_retry-attachments_waiting').brand('br_1').brand('br_2');
  let left = 2;
  world.script('fetchAttachments', () => ({ stored: 0, failed: 0, left }));
  const handle = await operation('retry-attachments', 'waiting', BRANDS);
  const waits = async () =>
    (await handle.fetchHistory()).events?.filter((event) => event.timerStartedEventAttributes).length;
  await until(async () => (await waits()) === 2, 'both wait');
  left = 0;
  await tell('retry-attachments', world.accountId);
  await handle.result();
  await keep('attachments-waiting', handle);
});

it('attachments that are given up, and such as are cancelled', async () => {
  const world = tests.worldOf('acc_retry-attachments_given-up').brand('br_1').brand('br_2');
  world.script('fetchAttachments', () => {
    throw failing('AttachmentsUnavailable', { final: true });
  });
  const handle = await operation('retry-attachments', 'given-up', BRANDS);
  await handle.result();
  await keep('attachments-given-up', handle);

  tests
    .worldOf('acc_retry-attachments_cancelled')
    .script('fetchAttachments', () => ({ stored: 0, failed: 0, left: 1 }));
  const cancelled = await operation('retry-attachments', 'cancelled', BRANDS);
  await until(
    async () => JSON.stringify(await cancelled.fetchHistory()).includes('timerStarted'),
    'it waits',
  );
  await cancelled.cancel();
  await failureOf(cancelled);
  await keep('attachments-cancelled', cancelled);
});

it('report, sent and not', async () => {
  for (const name of ['done', 'failed']) {
    scripts.set(REPORT.workflow, {
      async sendReport() {
        if (name === 'failed') throw failing('ReportsUnavailable', { final: true });
        return { entries: 2 };
      },
    });
    const handle = await tests.client.workflow.start(REPORT.workflow, {
      workflowId: `${REPORT.schedule}-${name}`,
      taskQueue: TASK_QUEUES.workflows,
    });
    await handle.result().catch(() => undefined);
    await keep(`report-${name}`, handle);
  }
});
