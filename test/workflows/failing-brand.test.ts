import { describe, expect, it } from 'vitest';
import { UNITS_FAILED } from '../../domain/engine/runs.js';
import { failureOf, type TimeSkippingTests, timeSkippingTests, until } from './environment.js';
import { failing, Gate } from './fakes.js';
import { forThisFile } from '../support/for-this-file.js';

let tests: TimeSkippingTests;
forThisFile(timeSkippingTests, (opened) => (tests = opened));

describe('a brand that fails', () => {
  it('holds up no others; a new start retries only what is not done', async () => {
    const world = tests.world().brand('br_1').brand('br_2').brand('br_3');
    world.script('copySlices', ({ unit: brandId, phase }, usual) => {
      if (brandId === 'br_2' && phase === 'recent') throw failing('SourceRefused', { final: true });
      return usual();
    });
    const failure = await failureOf(await tests.start(world));
    expect(failure).toMatchObject({ type: UNITS_FAILED, details: [{ units: { br_2: 'SourceRefused' } }] });
    expect(failure.message).toContain('br_2');
    expect([...world.brands.values()].map(({ status }) => status)).toEqual([
      'all-messages-migrated',
      'recent-messages-failure',
      'all-messages-migrated',
    ]);

    world.unscript('copySlices');
    world.calls.length = 0;
    await (await tests.start(world)).result();
    expect(world.status('br_2')).toBe('all-messages-migrated');
    expect(world.log.filter((call) => call.includes('br_1') || call.includes('br_3'))).toEqual([]);
  });

  it('is retried at once in the same run if a start comes while others run', async () => {
    const world = tests.world().brand('br_1').brand('br_2');
    const gate = new Gate();
    let broken = true;
    world.script('copySlices', async ({ unit: brandId }, usual) => {
      if (brandId === 'br_1' && broken) throw failing('SourceRefused', { final: true });
      if (brandId === 'br_2') await gate.passed;
      return usual();
    });
    const migration = await tests.start(world);
    await until(() => world.status('br_1') === 'recent-messages-failure', 'br_1 has failed');
    broken = false;
    await tests.start(world);
    await until(() => world.status('br_1') === 'recent-messages-migrated', 'br_1 has its recent messages');
    expect(world.status('br_2')).toBe('migrating');
    gate.open();
    await migration.result();
    expect(world.times('prepareMigration')).toBe(2);
    expect(world.times('provisionBrand')).toBe(3);
  });

  it('is retried if the start comes between its status and its end', async () => {
    const world = tests.world().brand('br_1');
    let failures = 0;
    world.script('copySlices', (_input, usual) => {
      if (failures === 0) throw failing('SourceRefused', { final: true });
      return usual();
    });
    world.script('recordUnitFailure', async (_input, usual) => {
      failures += 1;
      await usual();
      await tests.start(world);
    });
    const migration = await tests.start(world);
    await migration.result();
    expect(world.times('prepareMigration')).toBe(2);
    expect(world.status('br_1')).toBe('all-messages-migrated');
  });

  it('is retried whenever the start comes: no start is lost at the end of a run', async () => {
    const worlds = Array.from({ length: 30 }, () => tests.world().brand('br_1').brand('br_2'));
    for (const world of worlds) {
      world.script('copySlices', ({ unit: brandId }, usual) => {
        if (brandId === 'br_1' && world.times('recordUnitFailure') === 0)
          throw failing('SourceRefused', { final: true });
        return usual();
      });
    }
    await Promise.all(worlds.map((world) => tests.start(world)));
    await Promise.all(
      worlds.map(async (world, index) => {
        await until(() => world.status('br_1') === 'recent-messages-failure', 'br_1 has failed');
        // Each start comes at another moment of the run's end.
        for (let turn = 0; turn < index; turn += 1) await tests.migration(world).describe();
        await tests.start(world);
      }),
    );
    for (const world of worlds) {
      await until(() => world.status('br_1') === 'all-messages-migrated', `${world.accountId} is done`);
      expect(world.times('recordUnitFailure')).toBe(1);
    }
  });
});

describe('creating channels', () => {
  it('that fails stops the brand, but ports the numbers of the created channels', async () => {
    const world = tests
      .world()
      .brand('br_1', { ports: ['ch_1', 'ch_2'] })
      .brand('br_2');
    world.script('provisionBrand', async ({ brandId }, usual) => ({
      ...(await usual()),
      failures:
        brandId === 'br_1' ? [{ type: 'ChannelImpossible' as const, message: 'Channel ch_3 is odd.' }] : [],
    }));
    const failure = await failureOf(await tests.start(world));
    expect(failure).toMatchObject({ details: [{ units: { br_1: 'ChannelImpossible' } }] });
    expect(world.orders.toSorted()).toEqual(['ch_1', 'ch_2']);
    expect(world.log.filter((call) => call.endsWith('br_1 recent'))).toEqual([]);
    expect(world.times('recordUnitFailure')).toBe(0);
    expect(world.status('br_2')).toBe('all-messages-migrated');
  });

  it('is retried for some minutes, since a person waits, and then is a failure', async () => {
    const world = tests.world().brand('br_1');
    world.script('provisionBrand', () => {
      throw failing('StoreUnavailable');
    });
    expect(await failureOf(await tests.start(world))).toMatchObject({ type: UNITS_FAILED });
    expect(world.status('br_1')).toBe('channel-failure');
    const tries = world.calls.filter(({ name }) => name === 'provisionBrand');
    expect(tries.at(-1)!.at - tries[0]!.at).toBeGreaterThan(3 * 60_000);
    expect(tries.at(-1)!.at - tries[0]!.at).toBeLessThan(6 * 60_000);
  });

  it('orders a port once, even if the brand is started again', async () => {
    const world = tests.world().brand('br_1', { ports: ['ch_1'] });
    world.script('copySlices', (_input, usual) => {
      if (world.times('recordUnitFailure') === 0) throw failing('SourceRefused', { final: true });
      return usual();
    });
    await failureOf(await tests.start(world));
    await (await tests.start(world)).result();
    expect(world.times('provisionBrand')).toBe(2);
    expect(world.orders).toEqual(['ch_1']);
  });
});
