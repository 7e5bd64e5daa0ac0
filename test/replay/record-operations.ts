import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, it } from 'vitest';
import type {
  TurnProgress,
  VerificationActivities,
} from '../../activities/conversations/verification/types.js';
import type { OperationActivities } from '../../activities/operations/types.js';
import {
  REPORT,
  TASK_QUEUES,
  WORKFLOW_TYPES,
  operationWorkflowId,
  verificationWorkflowId,
} from '../../domain/ids.js';
import { SIGNALS } from '../../domain/messages.js';
import { OPERATION_WORKFLOWS, type Operation } from '../../domain/operations.js';
import type { VerificationProgress } from '../../domain/verification.js';
import { devServerTests, failureOf, STEERING, until, type WorkflowTests } from '../workflows/environment.js';
import { failing, Gate } from '../workflows/fakes.js';
import { writeHistory } from './histories.js';

type Others = VerificationActivities & OperationActivities;

/** By account; the report has none. */
const scripts = new Map<string, Partial<Others>>();
const NAMES = [
  'openVerification',
  'verifySlices',
  'finishTurn',
  'endVerification',
  'brandsToFetch',
  'sendReport',
  'endWorkflows',
  'cancelPorts',
  'removeImported',
  'finishReset',
  'retryQuarantined',
] as const satisfies readonly (keyof Others)[];
const calls: string[] = [];
const callsOf = (accountId: string, name: keyof Others) =>
  calls.filter((call) => call === `${accountId} ${name}`).length;

const others = Object.fromEntries(
  NAMES.map((name) => [
    name,
    async (input?: { accountId: string }) => {
      const accountId = input?.accountId ?? REPORT.workflow;
      calls.push(`${accountId} ${name}`);
      const script = scripts.get(accountId)?.[name] as ((input: unknown) => unknown) | undefined;
      return script?.(input);
    },
  ]),
);

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await devServerTests(others);
});
afterAll(() => tests.close());

async function keep(name: string, handle: WorkflowHandle): Promise<void> {
  await writeHistory(name, handle.workflowId, await handle.fetchHistory());
}

const DONE: TurnProgress = { finished: true, halted: false, records: 7 };
const HALTED: TurnProgress = { finished: false, halted: true, records: 3 };

async function verification(
  name: string,
  facts: Partial<Others> = {},
  repair = false,
): Promise<WorkflowHandle> {
  const accountId = `acc_verify_${name}`;
  scripts.set(accountId, {
    openVerification: async () => ({ running: true, repair, brandIds: ['br_1', 'br_2'] }),
    verifySlices: async () => DONE,
    endVerification: async ({ failure }) => (failure ? 'failed' : 'equal'),
    ...facts,
  });
  return tests.client.workflow.start(WORKFLOW_TYPES.verification, {
    workflowId: verificationWorkflowId(accountId),
    taskQueue: TASK_QUEUES.workflows,
    args: [{ accountId, verificationId: '1' }],
  });
}

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

it('verification in several rounds', async () => {
  let rounds = 0;
  const handle = await verification('equal', {
    verifySlices: async () => ({ ...DONE, finished: (rounds += 1) % 3 === 0 }),
  });
  await handle.result();
  await keep('verification-equal', handle);
});

it('verification with a repair, one of whose activities is tried again', async () => {
  let tries = 0;
  const handle = await verification(
    'repair',
    {
      finishTurn: async () => {
        tries += 1;
        if (tries === 1) throw failing('StoreUnavailable');
      },
    },
    true,
  );
  await handle.result();
  await keep('verification-repair', handle);
});

it('verification that fails', async () => {
  const handle = await verification('failed', {
    verifySlices: async () => {
      throw failing('SourceRefused', { final: true });
    },
  });
  await failureOf(handle);
  await keep('verification-failed', handle);
});

it('verification that is paused and resumed', async () => {
  const gate = new Gate();
  const handle = await verification('paused', {
    async verifySlices() {
      if (callsOf('acc_verify_paused', 'verifySlices') > 1) return DONE;
      await gate.passed;
      return HALTED;
    },
  });
  await until(() => callsOf('acc_verify_paused', 'verifySlices') === 1, 'it compares');
  await handle.signal(SIGNALS.pause, STEERING);
  gate.open();
  const said = async () => (await handle.query<VerificationProgress>('progress')).paused;
  await until(async () => (await said()) !== undefined, 'it is paused');
  await handle.signal(SIGNALS.resume, STEERING);
  await handle.result();
  await keep('verification-paused', handle);
});

it('verification that waits without a word, and goes on with another worker', async () => {
  const gate = new Gate();
  const handle = await verification('other-worker', {
    verifySlices: async () => (callsOf('acc_verify_other-worker', 'verifySlices') > 1 ? DONE : HALTED),
    finishTurn: () => gate.passed,
  });
  await until(() => callsOf('acc_verify_other-worker', 'verifySlices') === 1, 'it compares');
  gate.open();
  await tests.replaceWorkers();
  await handle.result();
  await keep('verification-other-worker', handle);
});

it('verification that is cancelled', async () => {
  const gate = new Gate();
  const handle = await verification('cancelled', {
    async verifySlices() {
      await gate.passed;
      return HALTED;
    },
  });
  await until(() => callsOf('acc_verify_cancelled', 'verifySlices') === 1, 'it compares');
  await handle.signal(SIGNALS.cancel, STEERING);
  await handle.cancel();
  gate.open();
  await failureOf(handle);
  await keep('verification-cancelled', handle);
});

it('verification that is forgotten', async () => {
  let looks = 0;
  const handle = await verification('forgotten', {
    openVerification: async () => ({ running: (looks += 1) === 1, repair: false, brandIds: ['br_1'] }),
    verifySlices: async () => HALTED,
  });
  await handle.result();
  await keep('verification-forgotten', handle);
});

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
