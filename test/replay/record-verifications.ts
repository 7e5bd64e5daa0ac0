import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, it } from 'vitest';
import type { TurnsProgress } from '../../activities/engine/types.js';
import { WORKFLOW_TYPES, verificationWorkflowId } from '../../domain/conversations/ids.js';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import { SIGNALS } from '../../domain/engine/messages.js';
import type { VerificationProgress } from '../../domain/engine/verification.js';
import { devServerTests, failureOf, STEERING, until, type WorkflowTests } from '../workflows/environment.js';
import { failing, Gate } from '../workflows/fakes.js';
import { keep } from './histories.js';
import { callsOf, type Others, others, scripts } from './scripted-activities.js';

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await devServerTests(others);
});
afterAll(() => tests.close());

const DONE: TurnsProgress = { finished: true, halted: false, records: 7 };
const HALTED: TurnsProgress = { finished: false, halted: true, records: 3 };

async function verification(
  name: string,
  facts: Partial<Others> = {},
  repair = false,
): Promise<WorkflowHandle> {
  const accountId = `acc_verify_${name}`;
  scripts.set(accountId, {
    openVerification: async () => ({ running: true, repair, units: ['br_1', 'br_2'] }),
    verifyUnits: async () => DONE,
    endVerification: async ({ failure }) => (failure ? 'failed' : 'equal'),
    ...facts,
  });
  return tests.client.workflow.start(WORKFLOW_TYPES.verification, {
    workflowId: verificationWorkflowId(accountId),
    taskQueue: TASK_QUEUES.workflows,
    args: [{ subject: accountId, verificationId: '1' }],
  });
}

it('verification in several rounds', async () => {
  let rounds = 0;
  const handle = await verification('equal', {
    verifyUnits: async () => ({ ...DONE, finished: (rounds += 1) % 3 === 0 }),
  });
  await handle.result();
  await keep('verification-equal', handle);
});

it('verification with a repair, one of whose activities is tried again', async () => {
  let tries = 0;
  const handle = await verification(
    'repair',
    {
      finishTurns: async () => {
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
    verifyUnits: async () => {
      throw failing('SourceRefused', { final: true });
    },
  });
  await failureOf(handle);
  await keep('verification-failed', handle);
});

it('verification that is paused and resumed', async () => {
  const gate = new Gate();
  const handle = await verification('paused', {
    async verifyUnits() {
      if (callsOf('acc_verify_paused', 'verifyUnits') > 1) return DONE;
      await gate.passed;
      return HALTED;
    },
  });
  await until(() => callsOf('acc_verify_paused', 'verifyUnits') === 1, 'it compares');
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
    verifyUnits: async () => (callsOf('acc_verify_other-worker', 'verifyUnits') > 1 ? DONE : HALTED),
    finishTurns: () => gate.passed,
  });
  await until(() => callsOf('acc_verify_other-worker', 'verifyUnits') === 1, 'it compares');
  gate.open();
  await tests.replaceWorkers();
  await handle.result();
  await keep('verification-other-worker', handle);
});

it('verification that is cancelled', async () => {
  const gate = new Gate();
  const handle = await verification('cancelled', {
    async verifyUnits() {
      await gate.passed;
      return HALTED;
    },
  });
  await until(() => callsOf('acc_verify_cancelled', 'verifyUnits') === 1, 'it compares');
  await handle.signal(SIGNALS.cancel, STEERING);
  await handle.cancel();
  gate.open();
  await failureOf(handle);
  await keep('verification-cancelled', handle);
});

it('verification that is forgotten', async () => {
  let looks = 0;
  const handle = await verification('forgotten', {
    openVerification: async () => ({ running: (looks += 1) === 1, repair: false, units: ['br_1'] }),
    verifyUnits: async () => HALTED,
  });
  await handle.result();
  await keep('verification-forgotten', handle);
});
