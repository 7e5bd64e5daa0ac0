import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIGNALS } from '../../domain/messages.js';
import { STEERING, type TimeSkippingTests, timeSkippingTests, until } from './environment.js';
import { type FakeWorld, Gate, haltAt, holdImports } from './fakes.js';

let tests: TimeSkippingTests;
beforeAll(async () => {
  tests = await timeSkippingTests();
});
afterAll(() => tests.close());

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
    holdImports(world, gate);
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
