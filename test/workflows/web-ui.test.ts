import { describe, expect, it } from 'vitest';
import { migrationWorkflowId } from '../../domain/conversations/ids.js';
import { SIGNALS } from '../../domain/engine/messages.js';
import { detailsOf, devServerTests, phaseOf, STEERING, until, type WorkflowTests } from './environment.js';
import { Gate, holdImports, progress } from './fakes.js';
import { forThisFile } from '../support/for-this-file.js';

let tests: WorkflowTests;
forThisFile(devServerTests, (opened) => (tests = opened));

describe('the Web UI', () => {
  it('finds migrations, brands and ports by account, brand, phase and pause', async () => {
    const world = tests.world().brand('br_1', { ports: ['ch_1'] });
    const gate = new Gate();
    holdImports(world, gate);
    const migration = await tests.start(world);
    await until(() => world.times('copySlices') === 1, 'the import runs');
    const account = `AccountId = '${world.accountId}'`;
    const found = async (query: string): Promise<string[]> => {
      const ids: string[] = [];
      for await (const { workflowId } of tests.client.workflow.list({ query: `${account} AND ${query}` }))
        ids.push(workflowId);
      return ids.map((id) => id.replace(migrationWorkflowId(world.accountId), '')).toSorted();
    };
    await until(async () => (await found(`Phase = 'recent'`)).length === 2, 'both are found by phase');
    expect(await found(`Phase = 'recent'`)).toEqual(['', '/brand:br_1']);
    expect(await found(`BrandId = 'br_1'`)).toEqual(['/brand:br_1', '/porting:ch_1']);
    await migration.signal(SIGNALS.pause, STEERING);
    await until(async () => (await found('Paused = true')).length === 1, 'the paused migration is found');
    await migration.signal(SIGNALS.resume, STEERING);
    gate.open();
    await migration.result();
    await until(async () => (await found(`Phase = 'done'`)).length === 1, 'the finished migration is found');
    await tests.porting(world, 'ch_1').terminate();
  });

  it('shows in plain words what each workflow and activity does', async () => {
    const world = tests.world().brand('br_1', { ports: ['ch_1'] });
    const [first, gate] = [new Gate(), new Gate()];
    let rounds = 0;
    world.script('copySlices', async ({ phase }, usual) => {
      if (phase === 'recent') return usual();
      rounds += 1;
      await (rounds === 1 ? first : gate).passed;
      return rounds === 1 ? progress({ messages: 3 }) : usual();
    });
    const migration = await tests.start(world);
    await until(() => rounds === 1, 'remaining messages are imported');
    expect(await detailsOf(migration)).toContain('`br_1`: recent, then remaining under way');
    first.open();
    await until(() => rounds === 2, 'a second round of remaining messages');
    await until(
      async () => (await detailsOf(migration)).includes('`br_1`: remaining under way'),
      'the migration knows that the recent messages are done',
    );
    const brand = tests.brandRun(world, 'br_1');
    expect(await detailsOf(brand)).toContain(
      'recent: checked; the brand holds 20 messages and 2 threads, 0 quarantined',
    );
    expect([await phaseOf(migration), await phaseOf(brand)]).toEqual(['remaining', 'remaining']);
    expect(await detailsOf(tests.porting(world, 'ch_1'))).toContain('Waiting for the carrier');

    const described = await brand.describe();
    expect(await described.staticSummary()).toBe('Brand br_1: recent and remaining messages');
    expect(await described.staticDetails()).toContain(world.accountId);
    const { events } = await brand.fetchHistory();
    const summaries = (events ?? [])
      .filter((event) => event.activityTaskScheduledEventAttributes)
      .map((event) => Buffer.from(event.userMetadata?.summary?.data ?? []).toString());
    expect(summaries).toContain('"Importing recent messages"');
    gate.open();
    await migration.result();
    await tests.porting(world, 'ch_1').terminate();
  });

  it('puts recent messages before remaining ones, those first whose app is polling, and every account in its turn', async () => {
    const nobodyWaits = tests.world().brand('br_1');
    const polledLater = tests.world().brand('br_1');
    polledLater.script('copySlices', (_input, usual) => {
      const round = polledLater.times('copySlices');
      return round < 3 ? progress({ messages: round, awaited: round === 2 }) : usual();
    });
    const polled = tests.world().brand('br_1');
    polled.awaited = true;
    const priorities = await Promise.all(
      [nobodyWaits, polledLater, polled].map(async (world) => {
        await (await tests.start(world)).result();
        const { events } = await tests.brandRun(world, 'br_1').fetchHistory();
        return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
          const { activityType, priority } = scheduled ?? {};
          if (activityType?.name !== 'copySlices' && activityType?.name !== 'completePhase') return [];
          expect(priority?.fairnessKey).toBe(world.accountId);
          return [priority?.priorityKey];
        });
      }),
    );
    expect(priorities).toEqual([
      [3, 3, 4, 4],
      [3, 3, 2, 2, 4, 4],
      [2, 2, 4, 4],
    ]);
  });
});
