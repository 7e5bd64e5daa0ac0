import { describe, expect, it } from 'vitest';
import { SIGNALS } from '../../domain/engine/messages.js';
import {
  STEERING,
  type TimeSkippingTests,
  timersFiredAfterSignal,
  timeSkippingTests,
  until,
} from './environment.js';
import { type FakeWorld, Gate, haltAt, holdImports, progress } from './fakes.js';
import { forThisFile } from '../support/for-this-file.js';

let tests: TimeSkippingTests;
forThisFile(timeSkippingTests, (opened) => (tests = opened));

async function pausedLabel(world: FakeWorld, brandId?: string): Promise<unknown> {
  const handle = brandId === undefined ? tests.migration(world) : tests.brandRun(world, brandId);
  return (await handle.describe()).searchAttributes['Paused']?.[0];
}

describe('pausing', () => {
  it('stops a brand between two activities, until it is resumed', async () => {
    const world = tests.world().brand('br_1');
    const gate = new Gate();
    haltAt(world, gate);
    const migration = await tests.start(world);
    await until(() => world.times('copySlices') === 1, 'the import runs');
    await migration.signal(SIGNALS.pause, STEERING);
    await migration.signal(SIGNALS.pause, { ...STEERING, by: 'operator-2' });
    await until(async () => (await pausedLabel(world)) === true, 'the migration is paused');
    gate.open();
    await until(async () => (await pausedLabel(world, 'br_1')) === true, 'the brand is paused');
    await tests.sleep(3 * 24 * 3_600_000);
    expect(world.times('copySlices')).toBe(1);
    expect(await migration.query('progress')).toMatchObject({ paused: STEERING });

    await migration.signal(SIGNALS.resume, STEERING);
    await migration.result();
    expect(world.status('br_1')).toBe('all-messages-migrated');
    expect(await pausedLabel(world)).toBe(false);
    expect(await pausedLabel(world, 'br_1')).toBe(false);
  });

  it('before the brands are started holds all of them until it is resumed', async () => {
    const world = tests.world().brand('br_1').brand('br_2');
    const gate = new Gate();
    world.script('prepareMigration', async (_input, usual) => {
      await gate.passed;
      return usual();
    });
    const migration = await tests.start(world);
    await migration.signal(SIGNALS.pause, STEERING);
    gate.open();
    await tests.sleep(3_600_000);
    expect(world.log).toEqual(['prepareMigration']);
    await migration.signal(SIGNALS.resume, STEERING);
    await migration.result();
    expect(world.status('br_2')).toBe('all-messages-migrated');
  });

  it('applies to a new run if the store has it', async () => {
    const world = tests.world().brand('br_1');
    world.paused = true;
    const migration = await tests.start(world);
    await until(async () => (await pausedLabel(world)) === true, 'the migration is paused');
    expect(world.log).toEqual(['prepareMigration']);
    await migration.signal(SIGNALS.resume, STEERING);
    await migration.result();
  });

  it('ends with a resume during the read of the store', async () => {
    const world = tests.world().brand('br_1');
    world.script('prepareMigration', async (_input, usual) => {
      const preparation = await usual();
      await tests.migration(world).signal(SIGNALS.pause, STEERING);
      await tests.migration(world).signal(SIGNALS.resume, STEERING);
      return { ...preparation, paused: true };
    });
    await (await tests.start(world)).result();
    expect(world.status('br_1')).toBe('all-messages-migrated');
  });

  it('ends with a resume during the read of the store, even without a pause signal', async () => {
    const world = tests.world().brand('br_1');
    world.script('prepareMigration', async (_input, usual) => {
      const preparation = await usual();
      await tests.migration(world).signal(SIGNALS.resume, STEERING);
      return { ...preparation, paused: true };
    });
    await tests.start(world);
    await until(() => world.status('br_1') === 'all-messages-migrated', 'the brand is migrated');
  });

  it('applies if it comes during the read of the store, whatever the store answers', async () => {
    const world = tests.world().brand('br_1');
    world.script('prepareMigration', async (_input, usual) => {
      const preparation = await usual();
      await tests.migration(world).signal(SIGNALS.resume, STEERING);
      await tests.migration(world).signal(SIGNALS.pause, STEERING);
      return { ...preparation, paused: false };
    });
    const migration = await tests.start(world);
    await until(async () => (await pausedLabel(world)) === true, 'the migration is paused');
    await tests.sleep(3_600_000);
    expect(world.log).toEqual(['prepareMigration']);
    await migration.signal(SIGNALS.resume, STEERING);
    await migration.result();
  });

  it('of a brand that is only in the store ends when the brand is resumed', async () => {
    const world = tests.world().brand('br_1');
    let halted = true;
    world.script('copySlices', (_input, usual) => (halted ? progress({ halted, messages: 3 }) : usual()));
    await tests.start(world);
    await until(() => world.times('copySlices') === 1, 'the import has found the pause');
    await tests.sleep(600_000);
    const rounds = world.times('copySlices');
    halted = false;
    const brand = tests.brandRun(world, 'br_1');
    await brand.signal(SIGNALS.resume, STEERING);
    await until(() => world.times('copySlices') > rounds, 'the import goes on');
    expect(await timersFiredAfterSignal(brand)).toBe(0);
  });

  it('followed at once by a resume changes nothing', async () => {
    const world = tests.world().brand('br_1');
    const gate = new Gate();
    holdImports(world, gate);
    const migration = await tests.start(world);
    await until(() => world.times('copySlices') === 1, 'the import runs');
    await migration.signal(SIGNALS.resume, STEERING);
    await migration.signal(SIGNALS.pause, STEERING);
    await migration.signal(SIGNALS.resume, STEERING);
    gate.open();
    await migration.result();
    expect(world.times('copySlices')).toBe(2);
  });
});
