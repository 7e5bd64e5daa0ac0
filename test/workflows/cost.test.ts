import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actionsOf } from '../support/actions.js';
import { type TimeSkippingTests, timeSkippingTests } from './environment.js';
import { type FakeWorld, progress } from './fakes.js';

let tests: TimeSkippingTests;
beforeAll(async () => {
  tests = await timeSkippingTests();
});
afterAll(() => tests.close());

async function actionsFor(world: FakeWorld): Promise<number> {
  const migration = await tests.start(world);
  await migration.result();
  const ports = [...world.brands.values()].flatMap((brand) => brand.ports);
  for (const channelId of ports) await tests.porting(world, channelId).result();
  const runs = [
    migration,
    ...[...world.brands.keys()].map((brandId) => tests.brandRun(world, brandId)),
    ...ports.map((channelId) => tests.porting(world, channelId)),
  ];
  const counts = await Promise.all(runs.map((run) => actionsOf(run)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Each call of a lane brings so many. */
function perCall(world: FakeWorld, messages: number, share: number): void {
  const read = new Map<string, number>();
  world.script('importSlices', ({ phase }) => {
    const all = Math.min(messages, (read.get(phase) ?? 0) + share);
    read.set(phase, all);
    return progress({ finished: all === messages, lanes: 4, messages: all });
  });
}

describe('billable actions', () => {
  it('are at most 15 for a small account', async () => {
    expect(await actionsFor(tests.world().brand('br_1'))).toBeLessThanOrEqual(15);
  });

  it('are at most 15 for a small account with attachments', async () => {
    expect(await actionsFor(tests.world().brand('br_1', { attachments: 5 }))).toBeLessThanOrEqual(15);
  });

  it('are four more for a port that the carrier completes at once, and two for each time it is waited for and asked', async () => {
    const without = await actionsFor(tests.world().brand('br_1'));
    const complete = { status: 'complete', at: '2026-01-05T10:00:00.000Z' } as const;
    const atOnce = tests.world().brand('br_1', { ports: ['ch_1'] });
    atOnce.script('followPort', () => complete);
    expect(await actionsFor(atOnce)).toBeLessThanOrEqual(without + 4);
    const asked = tests.world().brand('br_1', { ports: ['ch_1'] });
    asked.script('followPort', (_input, usual) => (asked.times('followPort') > 1 ? complete : usual()));
    expect(await actionsFor(asked)).toBeLessThanOrEqual(without + 4 + 2);
  });

  it('are at most 60 for one brand of 1,000,000 messages', async () => {
    const world = tests.world().brand('br_1', { attachments: 5 });
    // A lane works for two minutes; 250 messages a second are few.
    perCall(world, 500_000, 30_000);
    expect(await actionsFor(world)).toBeLessThanOrEqual(60);
  });

  it('grow with brands, not with messages', async () => {
    const two = await actionsFor(tests.world().brand('br_1').brand('br_2'));
    const three = await actionsFor(tests.world().brand('br_1').brand('br_2').brand('br_3'));
    expect(three - two).toBeLessThanOrEqual(10);
  });
});
