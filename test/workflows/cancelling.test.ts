import { CancelledFailure } from '@temporalio/common';
import { describe, expect, it, test } from 'vitest';
import { verificationWorkflowId, WORKFLOW_TYPES } from '../../domain/conversations/ids.js';
import type { Failure } from '../../domain/engine/failures/failures.js';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import { SIGNALS } from '../../domain/engine/messages.js';
import { CANCELLED } from '../../domain/engine/runs.js';
import type { VerificationInput } from '../../domain/engine/verification.js';
import { devServerTests, failureOf, STEERING, until, type WorkflowTests } from './environment.js';
import { type FakeWorld, Gate, haltAt, progress, type VerificationActivities } from './fakes.js';
import { forThisFile } from '../support/for-this-file.js';

let verificationFailure: Failure | undefined;
let verified = 0;
const verification: VerificationActivities = {
  openVerification: async () => ({ running: true, repair: false, units: ['br_1', 'br_2'] }),
  verifyUnits: async () => {
    verified += 1;
    return { finished: false, halted: true, records: 3 };
  },
  finishTurns: async () => undefined,
  endVerification: async ({ failure }) => {
    verificationFailure = failure;
    return 'failed';
  },
};

let tests: WorkflowTests;
forThisFile(
  () => devServerTests(verification),
  (opened) => (tests = opened),
);

async function isPaused(world: FakeWorld): Promise<boolean> {
  return (await tests.migration(world).describe()).searchAttributes['Paused']?.[0] === true;
}

describe('cancelling', () => {
  it('through Temporal ends the brands, then records it, and leaves the run cancelled', async () => {
    const world = tests.world().brand('br_1').brand('br_2');
    const gate = new Gate();
    haltAt(world, gate);
    world.script('copySlices', async () => {
      await gate.passed;
      return progress({ halted: true });
    });
    const migration = await tests.start(world);
    await until(() => world.times('copySlices') === 2, 'both imports run');
    await migration.signal(SIGNALS.cancel, STEERING);
    await migration.cancel();
    expect(world.cancelledBy).toBeUndefined();
    gate.open();
    expect(await failureOf(migration)).toBeInstanceOf(CancelledFailure);
    expect((await migration.describe()).status.name).toBe('CANCELLED');
    expect(world.cancelledBy).toBe(STEERING.by);
    expect(world.times('recordUnitFailure')).toBe(0);
    expect((await tests.brandRun(world, 'br_1').describe()).status.name).toBe('CANCELLED');
  });

  it('is not a failure, even if the last attempt ends in one', async () => {
    const world = tests.world().brand('br_1');
    const gate = new Gate();
    world.script('copySlices', async () => {
      await gate.passed;
      throw new Error('the store is away');
    });
    const migration = await tests.start(world);
    await until(() => world.times('copySlices') === 1, 'the import runs');
    await migration.cancel();
    const brand = tests.brandRun(world, 'br_1');
    await until(async () => {
      const { events } = await brand.fetchHistory();
      return events?.some((event) => event.activityTaskCancelRequestedEventAttributes) === true;
    }, 'the import is to end');
    gate.open();
    expect(await failureOf(migration)).toBeInstanceOf(CancelledFailure);
    expect((await brand.describe()).status.name).toBe('CANCELLED');
    expect(world.times('copySlices')).toBe(1);
    expect(world.times('recordUnitFailure')).toBe(0);
  });

  it('by signal alone does the same, and the run ends as cancelled', async () => {
    const world = tests.world().brand('br_1');
    const gate = new Gate();
    haltAt(world, gate);
    const migration = await tests.start(world);
    await until(() => world.times('copySlices') === 1, 'the import runs');
    await migration.signal(SIGNALS.cancel, STEERING);
    gate.open();
    expect(await failureOf(migration)).toMatchObject({ type: CANCELLED });
    expect(world.cancelledBy).toBe(STEERING.by);
  });

  it('while paused ends the pause with it', async () => {
    const world = tests.world().brand('br_1');
    world.paused = true;
    const migration = await tests.start(world);
    await until(() => isPaused(world), 'the migration is paused');
    await migration.cancel();
    expect(await failureOf(migration)).toBeInstanceOf(CancelledFailure);
    expect(world.log).toEqual(['prepareMigration', 'recordCancellation']);
  });

  it('while it waits for Conversations ends the wait', async () => {
    const world = tests.world();
    world.script('prepareMigration', () => {
      throw new Error('away');
    });
    const migration = await tests.start(world);
    await until(() => world.times('prepareMigration') > 1, 'it has been tried twice');
    await migration.signal(SIGNALS.cancel, STEERING);
    expect(await failureOf(migration)).toMatchObject({ type: CANCELLED });
    expect(world.accountFailure).toBeUndefined();
  });

  it('by hand, with an empty signal, works too', async () => {
    const world = tests.world().brand('br_1');
    world.paused = true;
    const migration = await tests.start(world);
    await until(() => isPaused(world), 'the migration is paused');
    await migration.signal(SIGNALS.resume);
    await migration.signal(SIGNALS.pause);
    await migration.signal(SIGNALS.cancel);
    expect(await failureOf(migration)).toMatchObject({ type: CANCELLED });
    expect(world.cancelledBy).toBe('somebody in Temporal');
  });

  it('can be followed by a start, which continues with what is missing', async () => {
    const world = tests.world().brand('br_1');
    const gate = new Gate();
    haltAt(world, gate);
    const migration = await tests.start(world);
    await until(() => world.times('copySlices') === 1, 'the import runs');
    await migration.cancel();
    gate.open();
    await failureOf(migration);
    await (await tests.start(world)).result();
    expect(world.status('br_1')).toBe('all-messages-migrated');
  });

  it('and starting again before its end loses neither', async () => {
    const world = tests.world().brand('br_1');
    const gate = new Gate();
    haltAt(world, gate);
    const migration = await tests.start(world);
    await until(() => world.times('copySlices') === 1, 'the import runs');
    await migration.signal(SIGNALS.cancel, STEERING);
    await tests.start(world);
    gate.open();
    await migration.result();
    expect(world.cancelledBy).toBe(STEERING.by);
    expect(world.status('br_1')).toBe('all-messages-migrated');
    expect(world.log.indexOf('recordCancellation')).toBeLessThan(world.log.lastIndexOf('prepareMigration'));
  });
});

test('a cancellation of a verification through Temporal is recorded', async () => {
  const { accountId } = tests.world();
  const handle = await tests.client.workflow.start(WORKFLOW_TYPES.verification, {
    workflowId: verificationWorkflowId(accountId),
    taskQueue: TASK_QUEUES.workflows,
    args: [{ subject: accountId, verificationId: '1' } satisfies VerificationInput],
  });
  await until(() => verified > 0, 'it has begun');
  await handle.cancel();
  expect(await failureOf(handle)).toBeInstanceOf(CancelledFailure);
  expect(verificationFailure?.message).toContain('was cancelled');
});
