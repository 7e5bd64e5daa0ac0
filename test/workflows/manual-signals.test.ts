import { describe, it } from 'vitest';
import { SIGNALS } from '../../domain/engine/messages.js';
import type { MigrationProgress } from '../../domain/engine/runs.js';
import { BY_HAND } from '../../domain/engine/signals.js';
import { devServerTests, until, type WorkflowTests } from './environment.js';
import { Gate, haltAt, holdImports } from './fakes.js';
import { forThisFile } from '../support/for-this-file.js';

let tests: WorkflowTests;
forThisFile(devServerTests, (opened) => (tests = opened));

describe('a signal sent by hand', () => {
  const WRONG = [undefined, null, 7, 'now', [], {}, { unit: 7, phase: 'recent' }, { unit: 'br_1', phase: 7 }];

  it.each([SIGNALS.start, SIGNALS.phaseDone, SIGNALS.resume])(
    '%s with a wrong argument, or none, fails no workflow task',
    async (signal) => {
      const world = tests.world().brand('br_1');
      const gate = new Gate();
      holdImports(world, gate);
      const migration = await tests.start(world);
      await until(() => world.times('copySlices') === 1, 'the import runs');
      await migration.signal(signal);
      for (const argument of WRONG) await migration.signal(signal, argument);
      gate.open();
      const status = async () => (await migration.describe()).status.name;
      await until(async () => (await status()) === 'COMPLETED', 'the migration is complete');
    },
  );

  it.each(WRONG)('pauses and cancels without a name, whatever it carries (%j)', async (argument) => {
    const world = tests.world().brand('br_1');
    const gate = new Gate();
    haltAt(world, gate);
    const migration = await tests.start(world);
    await until(() => world.times('copySlices') === 1, 'the import runs');
    await migration.signal(SIGNALS.pause, argument);
    const paused = async () => (await migration.query<MigrationProgress>('progress')).paused?.by;
    await until(async () => (await paused()) === BY_HAND, 'it is paused');
    await migration.signal(SIGNALS.cancel, argument);
    gate.open();
    await until(() => world.cancelledBy === BY_HAND, 'it is cancelled');
  });
});
