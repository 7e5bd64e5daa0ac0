import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type WorkflowTests, timeSkippingTests } from './environment.js';

let tests: WorkflowTests;
beforeAll(async () => {
  tests = await timeSkippingTests();
});
afterAll(() => tests.close());

describe('a migration', () => {
  it('brings the one brand of an account in one run of a brand', async () => {
    const world = tests.world().brand('br_1');
    const migration = await tests.start(world);
    await migration.result();
    expect(world.log).toEqual([
      'prepareAccount',
      'provisionBrand br_1',
      'importSlices br_1 recent',
      'completePhase br_1 recent',
      'importSlices br_1 remaining',
      'completePhase br_1 remaining',
    ]);
    expect(world.status('br_1')).toBe('all-messages-migrated');
  });
});
