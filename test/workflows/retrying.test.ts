import { migrationOf } from '../../domain/conversations/migration.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withRetryTracking } from '../../activities/engine/retries/retries.js';
import { engineRetries } from '../../activities/engine/retries/scope.js';
import { SIGNALS } from '../../domain/engine/messages.js';
import { readRetries } from '../../gateways/store/migrations/retries.js';
import { freshStore, type FreshStore } from '../gateways/store/fresh-store.js';
import { devServerTests, phaseOf, until, type WorkflowTests } from './environment.js';
import { failing, fakeActivities, Gate } from './fakes.js';
import { systemClock } from '../../gateways/clock.js';

let store: FreshStore;
let tests: WorkflowTests;
beforeAll(async () => {
  store = await freshStore();
  const logger = { warn: () => undefined };
  const activities = fakeActivities((accountId) => tests.worldOf(accountId));
  const dependencies = {
    store,
    logger,
    clock: systemClock,
    ...engineRetries,
  };
  tests = await devServerTests(withRetryTracking(activities, dependencies));
});
afterAll(async () => {
  await tests.close();
  await store.close();
});

it.concurrent.each(['recent', 'remaining'])(
  'a brand shows retried work on %s messages in the store and in its details until it succeeds',
  async (retried) => {
    const world = tests.world().brand('br_1');
    const gate = new Gate();
    let tries = 0;
    world.script('copySlices', async ({ phase }, usual) => {
      if (phase !== retried) return usual();
      tries += 1;
      if (tries <= 4) throw failing('SourceUnavailable');
      await gate.passed;
      return usual();
    });
    const migration = await tests.start(world);
    await until(() => tries === 5, 'the fifth attempt runs');
    const brand = tests.brandRun(world, 'br_1');
    await until(async () => (await phaseOf(migration)) === retried, 'the migration knows the phase');
    expect(await phaseOf(brand)).toBe(retried);
    expect(await brand.query('progress')).toMatchObject({
      retrying: [{ activity: 'copySlices', type: 'SourceUnavailable', attempt: 4 }],
    });
    expect(await readRetries(store.pool, migrationOf(world.accountId))).toMatchObject([
      { activity: 'copySlices', unit: 'br_1', phase: retried, attempt: 4, nextTryAt: null },
    ]);
    gate.open();
    await migration.result();
    expect(await brand.query('progress')).not.toHaveProperty('retrying');
    expect(await readRetries(store.pool, migrationOf(world.accountId))).toEqual([]);
  },
);

it.concurrent('a migration shows why it cannot be prepared', async () => {
  const world = tests.world().brand('br_1');
  const gate = new Gate();
  world.script('prepareMigration', async (_input, usual) => {
    if (world.times('prepareMigration') <= 4) throw failing('SourceUnavailable');
    await gate.passed;
    return usual();
  });
  const migration = await tests.start(world);
  await until(() => world.times('prepareMigration') === 5, 'the fifth attempt runs');
  expect(await migration.query('progress')).toMatchObject({
    phase: 'preparing',
    retrying: [{ activity: 'prepareMigration', attempt: 4 }],
  });
  // Sent by hand, it may carry anything.
  await migration.signal(SIGNALS.retrying);
  gate.open();
  await migration.result();
  expect(await migration.query('progress')).not.toHaveProperty('retrying');
});
