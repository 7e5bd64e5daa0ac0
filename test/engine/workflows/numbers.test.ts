import { CancelledFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIGNALS } from '../../../domain/engine/messages.js';
import { CANCELLED, type MigrationProgress, UNITS_FAILED } from '../../../domain/engine/runs.js';
import {
  type DevNamespace,
  devNamespace,
  failureOf,
  startTimeSkipping,
  STEERING,
  until,
} from '../../workflows/environment.js';
import { failing, Gate } from '../../workflows/fakes.js';
import { copied, NumbersTests } from './numbers-world.js';

/** The server suggests to continue as new after 4 MB of history or 4,096 events; the first is quicker to reach. */
const BALLAST = 'x'.repeat(150_000);

describe('another kind of migration, where time skips', () => {
  let env: TestWorkflowEnvironment;
  let tests: NumbersTests;
  beforeAll(async () => {
    env = await startTimeSkipping();
    const { client, nativeConnection } = env;
    tests = new NumbersTests({ client, nativeConnection, namespace: 'default' });
    await tests.startWorkers();
  });
  afterAll(async () => {
    await tests.stopWorkers();
    await env.teardown();
  });

  it('takes all units through a phase before any goes through the next', async () => {
    const file = tests.file();
    const migration = await tests.start(file);
    expect(await migration.result()).toMatchObject({
      phase: 'done',
      states: { done: 2, failed: 0, waiting: 0, running: 0 },
      units: { a: { state: 'done', counts: { negative: { tally: { numbers: 10 }, checked: true } } } },
    });
    const checks = file.log
      .filter((call) => call.startsWith('completePhase'))
      .map((call) => call.split(' ')[2]);
    expect(checks).toEqual(['positive', 'positive', 'negative', 'negative']);
    const { searchAttributes } = await tests.range(file, 'b', 'negative').describe();
    expect(searchAttributes).toMatchObject({
      Kind: ['numbers'],
      AccountId: [file.name],
      BrandId: ['b'],
      Phase: ['negative'],
    });
  });

  it('pauses between two rounds, for any time, and continues when it is resumed', async () => {
    const file = tests.file();
    const gate = new Gate();
    file.copy = async () => {
      if (file.times('copySlices a positive') > 1) return copied(10);
      await gate.passed;
      return copied(3, { finished: false, halted: true });
    };
    const migration = await tests.start(file);
    await until(() => file.times('copySlices a positive') === 1, 'a is being copied');
    await migration.signal(SIGNALS.pause, STEERING);
    const range = tests.range(file, 'a', 'positive');
    await until(
      async () => (await range.query<{ paused?: unknown }>('progress')).paused !== undefined,
      'a knows',
    );
    gate.open();
    await until(async () => (await range.describe()).searchAttributes['Paused']?.[0] === true, 'a is paused');
    await env.sleep('2 days');
    expect(file.times('copySlices a positive')).toBe(1);
    await migration.signal(SIGNALS.resume, STEERING);
    await migration.result();
    expect(file.phasesOf('a')).toEqual(['positive', 'negative']);
  });

  it('begins paused when the store says so', async () => {
    const file = tests.file();
    file.isPaused = true;
    const migration = await tests.start(file);
    const isPaused = async () => (await migration.query<MigrationProgress>('progress')).paused !== undefined;
    await until(isPaused, 'it is paused');
    expect(file.log).toEqual(['prepareMigration']);
    await migration.signal(SIGNALS.resume, STEERING);
    await migration.result();
  });

  it('fails with the units that failed, and a new start does only what is missing', async () => {
    const file = tests.file();
    file.copy = async ({ unit: range, phase }) => {
      if (range === 'a' && phase === 'negative') throw failing('SourceRefused', { final: true });
      return copied(10);
    };
    const failure = await failureOf(await tests.start(file));
    expect(failure).toMatchObject({ type: UNITS_FAILED, details: [{ units: { a: 'SourceRefused' } }] });
    expect(failure.message).toContain(`Not all ranges of file ${file.name} are migrated: a.`);
    expect(file.times('recordUnitFailure a negative')).toBe(1);
    expect(file.phasesOf('b')).toEqual(['positive', 'negative']);

    file.copy = async () => copied(10);
    file.log.length = 0;
    await (await tests.start(file)).result();
    expect(file.log).toEqual(['prepareMigration', 'copySlices a negative', 'completePhase a negative']);
  });

  it('retries a failed unit in the same run when the start comes while another is still copied', async () => {
    const file = tests.file();
    const gate = new Gate();
    file.copy = async ({ unit: range }) => {
      if (range === 'b') await gate.passed;
      else if (file.failures.length === 0) throw failing('SourceRefused', { final: true });
      return copied(10);
    };
    const migration = await tests.start(file);
    await until(() => file.failures.length === 1, 'a has failed');
    await tests.start(file);
    await until(() => file.phasesOf('a').length === 1, 'a is copied');
    gate.open();
    await migration.result();
    expect(file.times('prepareMigration')).toBe(2);
  });

  it('fails a phase whose rounds make no progress for as long as the kind allows', async () => {
    const file = tests.file();
    file.copy = async ({ unit: range }) => copied(3, { finished: range === 'b' });
    await failureOf(await tests.start(file));
    expect(file.failures).toEqual([
      'Copying positive numbers of range a made no progress for 10 minutes and is not done.',
    ]);
  });

  it('is verified unit by unit: planted damage is found, and repaired on request', async () => {
    const file = tests.file();
    file.damage.set('b', 1);
    expect(await (await tests.verify(file)).result()).toMatchObject({ state: 'unequal' });
    expect(file.log).toEqual(['openVerification', 'verifyUnits a,b', 'finishTurns a,b', 'endVerification']);
    expect(await (await tests.verify(file, true)).result()).toMatchObject({ state: 'equal', pass: 2 });
    expect(file.times('verifyUnits a,b')).toBe(3);
  });

  it('fails as a whole when its subject cannot be opened', async () => {
    const file = tests.file();
    file.unreadable = failing('AccountUnknown', { final: true });
    expect(await failureOf(await tests.start(file))).toMatchObject({ type: 'AccountUnknown' });
    expect(file.log).toEqual(['prepareMigration', 'recordMigrationFailure']);
  });
});

describe('another kind of migration, on a dev server', () => {
  let server: DevNamespace;
  let tests: NumbersTests;
  beforeAll(async () => {
    server = await devNamespace('numbers');
    tests = new NumbersTests(server);
    await tests.startWorkers();
  });
  afterAll(async () => {
    await tests.stopWorkers();
    await server.close();
  });

  it.each(['a signal', 'Temporal'])(
    'cancelled by %s ends its units first, and may be started again',
    async (how) => {
      const file = tests.file();
      const gate = new Gate();
      file.copy = async () => {
        if (file.stoppedBy !== undefined) return copied(10);
        await gate.passed;
        return copied(3, { finished: false, halted: true });
      };
      const migration = await tests.start(file);
      await until(() => file.times('copySlices b positive') === 1, 'b is being copied');
      await (how === 'Temporal' ? migration.cancel() : migration.signal(SIGNALS.cancel, STEERING));
      expect(file.stoppedBy).toBeUndefined();
      gate.open();
      const failure = await failureOf(migration);
      if (how === 'Temporal') expect(failure).toBeInstanceOf(CancelledFailure);
      else expect(failure).toMatchObject({ type: CANCELLED });
      expect(file.stoppedBy).toBe(how === 'Temporal' ? 'somebody in Temporal' : STEERING.by);
      expect((await tests.range(file, 'b', 'positive').describe()).status.name).toBe('CANCELLED');
      expect(file.failures).toEqual([]);
      await (await tests.start(file)).result();
      expect(file.phasesOf('b')).toEqual(['positive', 'negative']);
    },
  );

  it('continues as new when its history grows long, and does nothing twice', async () => {
    const file = tests.file();
    const gate = new Gate();
    file.copy = async () => {
      await gate.passed;
      return copied(10);
    };
    const migration = await tests.start(file);
    const { runId } = await migration.describe();
    await until(() => file.times('copySlices b positive') === 1, 'b is being copied');
    // Resumed though it was not paused: that fills its history and changes nothing else.
    for (let told = 0; told < 30; told += 1)
      await migration.signal(SIGNALS.resume, { ...STEERING, ballast: BALLAST });
    gate.open();
    await migration.result();
    expect((await server.client.workflow.getHandle(migration.workflowId).describe()).runId).not.toBe(runId);
    expect(file.log.filter((call) => call.startsWith('completePhase')).toSorted()).toEqual([
      'completePhase a negative',
      'completePhase a positive',
      'completePhase b negative',
      'completePhase b positive',
    ]);
    expect(file.times('prepareMigration')).toBe(1);
  });

  it('continues a unit as new between rounds, which continue where they were', async () => {
    const file = tests.file();
    file.done.delete('b');
    const rounds = 40;
    let read = 0;
    file.copy = async ({ phase }) => {
      if (phase === 'positive') return copied(10);
      read += 1;
      return { ...copied(read, { finished: read === rounds }), ballast: BALLAST };
    };
    await (await tests.start(file)).result();
    expect(read).toBe(rounds);
    expect(file.times('copySlices a positive')).toBe(1);
    const { historyLength } = await tests.range(file, 'a', 'positive').describe();
    expect(historyLength).toBeLessThan(rounds * 6);
  });
});
