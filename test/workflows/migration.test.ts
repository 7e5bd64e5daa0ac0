import { describe, expect, it } from 'vitest';
import type { MigrationProgress } from '../../domain/engine/runs.js';
import { failureOf, type TimeSkippingTests, timeSkippingTests, until } from './environment.js';
import { failing, Gate, holdImports, progress } from './fakes.js';
import { forThisFile } from '../support/for-this-file.js';

const HOUR = 3_600_000;

let tests: TimeSkippingTests;
forThisFile(timeSkippingTests, (opened) => (tests = opened));

describe('a migration', () => {
  it('imports an account’s only brand in one run', async () => {
    const world = tests.world().brand('br_1');
    const migration = await tests.start(world);
    expect(await migration.result()).toMatchObject({ phase: 'done', units: { br_1: { state: 'done' } } });
    expect(world.log).toEqual([
      'prepareMigration',
      'provisionBrand br_1',
      'copySlices br_1 recent',
      'completePhase br_1 recent',
      'copySlices br_1 remaining',
      'completePhase br_1 remaining',
    ]);
    expect(world.status('br_1')).toBe('all-messages-migrated');
  });

  it('imports the recent messages of all brands before the remaining ones of any', async () => {
    const world = tests.world().brand('br_1').brand('br_2').brand('br_3').brand('br_4').brand('br_5');
    await (await tests.start(world)).result();
    const parts = world.calls.filter(({ name }) => name === 'completePhase').map(({ input }) => input.phase);
    expect(parts).toEqual([...Array<string>(5).fill('recent'), ...Array<string>(5).fill('remaining')]);
    expect(world.times('provisionBrand')).toBe(5);
  });

  it('works on four brands of an account at once', async () => {
    const world = tests.world();
    for (let index = 1; index <= 9; index += 1) world.brand(`br_${index}`);
    let running = 0;
    let most = 0;
    world.script('copySlices', async (_input, usual) => {
      running += 1;
      most = Math.max(most, running);
      // Of the first four none ends before all of them have begun.
      await until(() => most >= 4, 'four brands are worked on');
      await tests.migration(world).describe();
      running -= 1;
      return usual();
    });
    await (await tests.start(world)).result();
    expect(most).toBe(4);
    expect(world.times('completePhase')).toBe(18);
  });

  it('skips finished brands, and imports only the remaining messages of those with recent ones', async () => {
    const world = tests
      .world()
      .brand('br_done', { status: 'all-messages-migrated' })
      .brand('br_half', { status: 'recent-messages-migrated' })
      .brand('br_late', { status: 'remaining-messages-failure' });
    await (await tests.start(world)).result();
    expect(world.log.filter((call) => call.includes('br_done'))).toEqual([]);
    expect(world.log.filter((call) => call.includes('br_half'))).toEqual([
      'copySlices br_half remaining',
      'completePhase br_half remaining',
    ]);
    expect(world.status('br_late')).toBe('all-messages-migrated');
  });

  it('that is started again while it runs does nothing twice', async () => {
    const world = tests.world().brand('br_1');
    const gate = new Gate();
    holdImports(world, gate);
    const first = await tests.start(world);
    await until(() => world.times('copySlices') === 1, 'the import runs');
    await tests.start(world);
    gate.open();
    await first.result();
    expect(world.times('prepareMigration')).toBe(1);
    expect(world.times('provisionBrand')).toBe(1);
  });
});

describe('preparing an account', () => {
  it('waits for Conversations, however long it is unreachable', async () => {
    const world = tests.world().brand('br_1');
    let tries = 0;
    world.script('prepareMigration', (_input, usual) => {
      tries += 1;
      if (tries <= 300) throw failing('SourceUnavailable');
      return usual();
    });
    await (await tests.start(world)).result();
    expect(tries).toBe(301);
    expect(world.calls.at(-1)!.at - world.calls[0]!.at).toBeGreaterThan(4 * HOUR);
  });

  it.each(['AccountUnknown', 'AccountClosed', 'PayloadImpossible'] as const)(
    'fails for good with %s, and can be started again',
    async (type) => {
      const world = tests.world().brand('br_1');
      world.script('prepareMigration', () => {
        throw failing(type, { final: true });
      });
      expect(await failureOf(await tests.start(world))).toMatchObject({ type });
      expect(world.accountFailure).toEqual({ type, message: `${type} of a test` });
      expect(world.log).toEqual(['prepareMigration', 'recordMigrationFailure']);

      world.unscript('prepareMigration');
      await (await tests.start(world)).result();
      expect(world.status('br_1')).toBe('all-messages-migrated');
    },
  );

  it('is repeated in the same run if the start comes between the failure and the end', async () => {
    const world = tests.world().brand('br_1');
    world.script('prepareMigration', (_input, usual) => {
      if (world.times('recordMigrationFailure') === 0) throw failing('AccountClosed', { final: true });
      return usual();
    });
    world.script('recordMigrationFailure', async (_input, usual) => {
      await usual();
      await tests.start(world);
    });
    await (await tests.start(world)).result();
    expect(world.times('prepareMigration')).toBe(2);
  });

  it('is repeated in the same run if the start comes right after the activity has recorded its failure', async () => {
    const world = tests.world().brand('br_1');
    world.script('prepareMigration', async (_input, usual) => {
      if (world.times('prepareMigration') > 1) return usual();
      await tests.start(world);
      throw failing('AccountClosed', { final: true });
    });
    await (await tests.start(world)).result();
    expect(world.times('prepareMigration')).toBe(2);
  });

  it('again for a failed brand leaves the others running if it fails itself', async () => {
    const world = tests.world().brand('br_1').brand('br_2');
    const gate = new Gate();
    world.script('copySlices', async ({ unit: brandId }, usual) => {
      if (brandId === 'br_1') throw failing('SourceRefused', { final: true });
      await gate.passed;
      return usual();
    });
    const migration = await tests.start(world);
    await until(() => world.status('br_1') === 'recent-messages-failure', 'br_1 has failed');
    world.script('prepareMigration', () => {
      throw failing('AccountClosed', { final: true });
    });
    await tests.start(world);
    await until(() => world.times('recordMigrationFailure') === 1, 'the failure is recorded');
    gate.open();
    expect(await failureOf(migration)).toMatchObject({ type: 'AccountClosed' });
    expect(world.status('br_2')).toBe('all-messages-migrated');
    expect(world.times('prepareMigration')).toBe(2);
  });
});

describe('progress', () => {
  it('can be queried at any time, and after the end', async () => {
    const world = tests.world().brand('br_1').brand('br_2');
    const gate = new Gate();
    holdImports(world, gate, ({ unit: brandId }) => brandId === 'br_2');
    const migration = await tests.start(world);
    const phases = async () => (await migration.query<MigrationProgress>('progress')).units['br_1']?.phases;
    await until(async () => (await phases())?.length === 1, 'br_1 has its recent messages');
    await until(() => world.log.includes('copySlices br_2 recent'), 'br_2 is imported');
    expect(await migration.query('progress')).toMatchObject({
      phase: 'recent',
      units: { br_1: { phases: ['remaining'] }, br_2: { state: 'running', phases: ['recent', 'remaining'] } },
    });
    expect(await tests.brandRun(world, 'br_2').query('progress')).toMatchObject({ doing: 'recent' });
    gate.open();
    await migration.result();
    expect(await migration.query('progress')).toMatchObject({
      phase: 'done',
      units: { br_1: { state: 'done', counts: { recent: progressed(), remaining: progressed() } } },
    });
  });
});

function progressed() {
  const { tally } = progress({ threads: 2, messages: 20 });
  return { tally, checked: true };
}
