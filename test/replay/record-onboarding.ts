import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, it } from 'vitest';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import { SIGNALS } from '../../domain/engine/messages.js';
import { WORKFLOW_TYPE, workflowId } from '../../domain/onboarding/names.js';
import type { LaneState } from '../../domain/onboarding/requests.js';
import type { OnboardingInput } from '../../workflows/onboarding/migration.js';
import { devServerTests, failureOf, STEERING, until, type WorkflowTests } from '../workflows/environment.js';
import { Gate } from '../workflows/fakes.js';
import { keep } from './histories.js';
import { callsOf, type Others, others, scripts } from './scripted-activities.js';

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await devServerTests(others);
});
afterAll(() => tests.close());

/** A migration of so many lanes and batches in each; the batch of that number waits for the gate. */
async function migration(
  subject: string,
  { lanes = 1, batches = 1, gate, carried }: Wanted,
  ends: readonly boolean[] = [true],
): Promise<WorkflowHandle> {
  const calls = { ends: 0 };
  scripts.set(subject, {
    async runOnboardingBatch({ lane: given }) {
      const lane: LaneState = given ?? { lane: 0, lanes };
      const done = Number(lane.cursor ?? 0) + 1;
      if (done === 2) await gate?.passed;
      const finished = done === batches;
      const counts = { migrated: done, failed: 0, skipped: 0 };
      return { lane: { ...lane, cursor: String(done), finished }, counts, ended: finished && lanes === 1 };
    },
    endOnboarding: async () => ({ ended: ends[calls.ends++] ?? true }),
  } satisfies Partial<Others>);
  return tests.client.workflow.signalWithStart(WORKFLOW_TYPE, {
    workflowId: workflowId(subject),
    taskQueue: TASK_QUEUES.workflows,
    args: [{ subject, ...(carried && { carried }) }],
    signal: SIGNALS.start,
    signalArgs: [STEERING],
  });
}

interface Wanted {
  readonly lanes?: number;
  readonly batches?: number;
  readonly gate?: Gate;
  readonly carried?: NonNullable<OnboardingInput['carried']>;
}

it('users of one batch, and of several lanes to which more come', async () => {
  const small = await migration('users-small', {});
  await small.result();
  await keep('onboarding-small', small);

  const several = await migration('users-several', { lanes: 3, batches: 2 }, [false, true]);
  await several.result();
  await keep('onboarding-several', several);
});

it('users, paused and resumed, with another worker', async () => {
  const gate = new Gate();
  const handle = await migration('users-paused', { batches: 3, gate });
  await until(() => callsOf('users-paused', 'runOnboardingBatch') === 2, 'the second batch is under way');
  await handle.signal(SIGNALS.pause, STEERING);
  gate.open();
  await tests.replaceWorkers();
  await handle.signal(SIGNALS.resume, STEERING);
  await handle.result();
  await keep('onboarding-paused', handle);
});

it('users, cancelled', async () => {
  const gate = new Gate();
  const handle = await migration('users-cancelled', { batches: 3, gate });
  await until(() => callsOf('users-cancelled', 'runOnboardingBatch') === 2, 'the second batch is under way');
  await handle.signal(SIGNALS.cancel, STEERING);
  await handle.cancel();
  gate.open();
  await failureOf(handle);
  await keep('onboarding-cancelled', handle);
});

it('users, gone on as new', async () => {
  const lanes = [
    { lane: 0, lanes: 2, cursor: '2', finished: true },
    { lane: 1, lanes: 2, cursor: '1' },
  ];
  const handle = await migration('users-continued', { lanes: 2, batches: 2, carried: { lanes } });
  await handle.result();
  await keep('onboarding-continued', handle);
});
