import { CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CANCELLED, SIGNALS } from '../../domain/messages.js';
import { failureOf, STEERING, type TimeSkippingTests, timeSkippingTests, until } from './environment.js';
import { type FakeWorld, Gate, progress } from './fakes.js';

let tests: TimeSkippingTests;
beforeAll(async () => {
  tests = await timeSkippingTests();
});
afterAll(() => tests.close());

/** The first import of the account waits for the gate, then ends as the real one does when the store says 'paused' or 'cancelled'. */
function haltAt(world: FakeWorld, gate: Gate): void {
  world.script('importSlices', async (_input, usual) => {
    if (world.times('importSlices') > 1) return usual();
    await gate.passed;
    return progress({ halted: true, messages: 3 });
  });
}

async function pausedLabel(world: FakeWorld, brandId?: string): Promise<unknown> {
  const handle = brandId === undefined ? tests.migration(world) : tests.brandRun(world, brandId);
  return (await handle.describe()).searchAttributes['Paused']?.[0];
}

describe('pausing', () => {
  it('stops a brand between two activities, and resuming lets it go on', async () => {
    const world = tests.world().brand('br_1');
    const gate = new Gate();
    haltAt(world, gate);
    const migration = await tests.start(world);
    await until(() => world.times('importSlices') === 1, 'the import runs');
    await migration.signal(SIGNALS.pause, STEERING);
    await migration.signal(SIGNALS.pause, { ...STEERING, by: 'operator-2' });
    await until(async () => (await pausedLabel(world)) === true, 'the migration is paused');
    gate.open();
    await until(async () => (await pausedLabel(world, 'br_1')) === true, 'the brand is paused');
    await tests.sleep(3 * 24 * 3_600_000);
    expect(world.times('importSlices')).toBe(1);
    expect(await migration.query('progress')).toMatchObject({ paused: STEERING });

    await migration.signal(SIGNALS.resume, STEERING);
    await migration.result();
    expect(world.status('br_1')).toBe('all-messages-migrated');
    expect(await pausedLabel(world)).toBe(false);
    expect(await pausedLabel(world, 'br_1')).toBe(false);
  });

  it('before the brands are started starts none of them until it is resumed', async () => {
    const world = tests.world().brand('br_1').brand('br_2');
    const gate = new Gate();
    world.script('prepareAccount', async (_input, usual) => {
      await gate.passed;
      return usual();
    });
    const migration = await tests.start(world);
    await migration.signal(SIGNALS.pause, STEERING);
    gate.open();
    await tests.sleep(3_600_000);
    expect(world.log).toEqual(['prepareAccount']);
    await migration.signal(SIGNALS.resume, STEERING);
    await migration.result();
    expect(world.status('br_2')).toBe('all-messages-migrated');
  });

  it('holds for a new run when the store says so', async () => {
    const world = tests.world().brand('br_1');
    world.paused = true;
    const migration = await tests.start(world);
    await until(async () => (await pausedLabel(world)) === true, 'the migration is paused');
    expect(world.log).toEqual(['prepareAccount']);
    await migration.signal(SIGNALS.resume, STEERING);
    await migration.result();
  });

  it('is over when resuming was said while the store was still asked', async () => {
    const world = tests.world().brand('br_1');
    world.script('prepareAccount', async (_input, usual) => {
      const preparation = await usual();
      await tests.migration(world).signal(SIGNALS.pause, STEERING);
      await tests.migration(world).signal(SIGNALS.resume, STEERING);
      return { ...preparation, paused: true };
    });
    await (await tests.start(world)).result();
    expect(world.status('br_1')).toBe('all-messages-migrated');
  });

  it('and resuming at once changes nothing', async () => {
    const world = tests.world().brand('br_1');
    const gate = new Gate();
    world.script('importSlices', async (_input, usual) => {
      await gate.passed;
      return usual();
    });
    const migration = await tests.start(world);
    await until(() => world.times('importSlices') === 1, 'the import runs');
    await migration.signal(SIGNALS.resume, STEERING);
    await migration.signal(SIGNALS.pause, STEERING);
    await migration.signal(SIGNALS.resume, STEERING);
    gate.open();
    await migration.result();
    expect(world.times('importSlices')).toBe(2);
  });
});

describe('cancelling', () => {
  it('by Temporal itself ends the brands, then notes it, and leaves the run cancelled', async () => {
    const world = tests.world().brand('br_1').brand('br_2');
    const gate = new Gate();
    haltAt(world, gate);
    world.script('importSlices', async () => {
      await gate.passed;
      return progress({ halted: true });
    });
    const migration = await tests.start(world);
    await until(() => world.times('importSlices') === 2, 'both imports run');
    await migration.signal(SIGNALS.cancel, STEERING);
    await migration.cancel();
    expect(world.cancelledBy).toBeUndefined();
    gate.open();
    expect(await failureOf(migration)).toBeInstanceOf(CancelledFailure);
    expect((await migration.describe()).status.name).toBe('CANCELLED');
    expect(world.cancelledBy).toBe(STEERING.by);
    expect(world.times('recordBrandFailure')).toBe(0);
    expect((await tests.brandRun(world, 'br_1').describe()).status.name).toBe('CANCELLED');
  });

  it('by signal alone does the same, and the run says that it was cancelled', async () => {
    const world = tests.world().brand('br_1');
    const gate = new Gate();
    haltAt(world, gate);
    const migration = await tests.start(world);
    await until(() => world.times('importSlices') === 1, 'the import runs');
    await migration.signal(SIGNALS.cancel, STEERING);
    gate.open();
    expect(await failureOf(migration)).toMatchObject({ type: CANCELLED });
    expect(world.cancelledBy).toBe(STEERING.by);
  });

  it('while paused ends the pause with it', async () => {
    const world = tests.world().brand('br_1');
    world.paused = true;
    const migration = await tests.start(world);
    await until(async () => (await pausedLabel(world)) === true, 'the migration is paused');
    await migration.cancel();
    expect(await failureOf(migration)).toBeInstanceOf(CancelledFailure);
    expect(world.log).toEqual(['prepareAccount', 'recordCancellation']);
  });

  it('while Conversations is waited for ends the waiting', async () => {
    const world = tests.world();
    world.script('prepareAccount', () => {
      throw new Error('away');
    });
    const migration = await tests.start(world);
    await until(() => world.times('prepareAccount') > 1, 'it has been tried twice');
    await migration.signal(SIGNALS.cancel, STEERING);
    expect(await failureOf(migration)).toMatchObject({ type: CANCELLED });
    expect(world.accountFailure).toBeUndefined();
  });

  it('can be followed by a start, which goes on with what is missing', async () => {
    const world = tests.world().brand('br_1');
    const gate = new Gate();
    haltAt(world, gate);
    const migration = await tests.start(world);
    await until(() => world.times('importSlices') === 1, 'the import runs');
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
    await until(() => world.times('importSlices') === 1, 'the import runs');
    await migration.signal(SIGNALS.cancel, STEERING);
    await tests.start(world);
    gate.open();
    await migration.result();
    expect(world.cancelledBy).toBe(STEERING.by);
    expect(world.status('br_1')).toBe('all-messages-migrated');
    expect(world.log.indexOf('recordCancellation')).toBeLessThan(world.log.lastIndexOf('prepareAccount'));
  });
});
