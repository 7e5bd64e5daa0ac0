import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { describe, expect, it } from 'vitest';
import { migrationWorkflowId } from '../../domain/conversations/ids.js';
import { PORTING_SIGNALS } from '../../domain/conversations/messages.js';
import { SIGNALS } from '../../domain/engine/messages.js';
import { devServerTests, failureOf, STEERING, until, type WorkflowTests } from './environment.js';
import { failing, Gate, holdImports, progress } from './fakes.js';
import { forThisFile } from '../support/for-this-file.js';

const { EventType, PendingActivityState } = temporal.api.enums.v1;

let tests: WorkflowTests;
forThisFile(devServerTests, (opened) => (tests = opened));

/** The server suggests to continue as new after 4 MB of history or 4,096 events; the first is quicker to reach. */
const BALLAST = 'x'.repeat(150_000);

async function statusOf(handle: WorkflowHandle): Promise<string> {
  return (await handle.describe()).status.name;
}

describe('a number porting', () => {
  it('outlives the migration that started it', async () => {
    const world = tests.world().brand('br_1', { ports: ['ch_1'] });
    const gate = new Gate();
    holdImports(world, gate);
    const migration = await tests.start(world);
    await until(() => world.times('copySlices') === 1, 'the import runs');
    await migration.terminate();
    gate.open();
    await until(
      async () => (await statusOf(tests.brandRun(world, 'br_1'))) === 'CANCELLED',
      'the brand has ended',
    );
    expect(await statusOf(tests.porting(world, 'ch_1'))).toBe('RUNNING');

    await (await tests.start(world)).result();
    expect(await statusOf(tests.porting(world, 'ch_1'))).toBe('RUNNING');
    await tests
      .porting(world, 'ch_1')
      .signal(PORTING_SIGNALS.portingNews, { status: 'complete', at: '2090-01-01T00:00:00.000Z' });
    expect(await tests.porting(world, 'ch_1').result()).toMatchObject({ status: 'complete' });
    expect(world.orders).toEqual(['ch_1']);
  });

  it.each(['between two tries', 'during a try'])(
    'that a callback completes %s has nothing cancelled or failed in its history',
    async (when) => {
      const world = tests.world();
      const asking = new Gate();
      world.pollSeconds = when === 'during a try' ? 1 : 86_400;
      world.script('followPort', async (_input, usual) => {
        if (world.orders.length > 0) await asking.passed;
        return usual();
      });
      await world.followPort({ accountId: world.accountId, channelId: 'ch_1' });
      const porting = tests.porting(world, 'ch_1');
      const tries = when === 'during a try' ? 2 : 1;
      await until(() => world.times('followPort') === tries, 'the carrier is being asked');
      await until(async () => (await waitingTries(porting)) === (tries === 1), 'the server knows of it');
      await porting.signal(PORTING_SIGNALS.portingNews, {
        status: 'complete',
        at: '2090-01-01T00:00:00.000Z',
      });
      expect(await porting.result()).toMatchObject({ status: 'complete' });
      asking.open();
      const { events } = await porting.fetchHistory();
      const types = (events ?? []).map(({ eventType }) => EventType[eventType ?? 0]!);
      expect(types).toContain('EVENT_TYPE_ACTIVITY_TASK_SCHEDULED');
      expect(types.at(-1)).toBe('EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED');
      expect(types.filter((type) => /CANCEL|FAIL|TIMED_OUT|TERMINATED/.test(type))).toEqual([]);
    },
  );
});

/** The activity waits for its next try, or else a try is under way. */
async function waitingTries(handle: WorkflowHandle): Promise<boolean> {
  const { pendingActivities } = (await handle.describe()).raw;
  return pendingActivities?.[0]?.state === PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED;
}

describe('a migration', () => {
  it('continues as new when its history grows long, with each brand done once and failures kept', async () => {
    const world = tests.world();
    for (let brand = 1; brand <= 8; brand += 1) world.brand(`br_${brand}`);
    const gate = new Gate();
    world.script('copySlices', async ({ unit: brandId }, usual) => {
      if (brandId === 'br_1') throw failing('SourceRefused', { final: true });
      await gate.passed;
      return usual();
    });
    const first = await tests.start(world);
    const { runId } = await first.describe();
    await until(() => world.times('copySlices') === 5, 'brands are under way');
    await until(() => world.status('br_1') === 'recent-messages-failure', 'one has failed');
    // Resumed though it was not paused: that fills its history and changes nothing else.
    for (let told = 0; told < 30; told += 1)
      await tests.migration(world).signal(SIGNALS.resume, { ...STEERING, ballast: BALLAST });
    gate.open();
    expect(await failureOf(first)).toMatchObject({ details: [{ units: { br_1: 'SourceRefused' } }] });

    const current = tests.migration(world);
    expect((await current.describe()).runId).not.toBe(runId);
    expect(world.times('prepareMigration')).toBe(1);
    const done = world.log.filter((call) => call.startsWith('completePhase')).toSorted();
    const others = [2, 3, 4, 5, 6, 7, 8].map((brand) => `completePhase br_${brand}`);
    expect(done).toEqual(others.flatMap((call) => [`${call} recent`, `${call} remaining`]));
    expect(await current.query('progress')).toMatchObject({
      phase: 'failed',
      units: { br_1: { state: 'failed' }, br_8: { state: 'done', counts: { recent: { checked: true } } } },
    });
  });
});

describe('a brand', () => {
  it('continues as new when its history grows long', async () => {
    const world = tests.world().brand('br_1', { ports: ['ch_1'] });
    const rounds = 40;
    let read = 0;
    world.script('copySlices', ({ phase }, usual) => {
      if (phase === 'recent') return usual();
      read += 1;
      return { ...progress({ finished: read === rounds, messages: read }), ballast: BALLAST };
    });
    const migration = await tests.start(world);
    expect(await migration.result()).toMatchObject({
      units: { br_1: { counts: { recent: { checked: true }, remaining: { checked: true } } } },
    });
    expect(read).toBe(rounds);
    expect(world.times('provisionBrand')).toBe(1);
    expect(world.log.filter((call) => call.endsWith('br_1 recent'))).toHaveLength(2);
    expect((await tests.brandRun(world, 'br_1').describe()).historyLength).toBeLessThan(rounds * 6);
    await tests.porting(world, 'ch_1').terminate();
  });

  it('that was terminated is recorded as failed by its migration', async () => {
    const world = tests.world().brand('br_1').brand('br_2');
    const gate = new Gate();
    holdImports(world, gate, ({ unit: brandId }) => brandId === 'br_1');
    const migration = await tests.start(world);
    await until(() => world.log.includes('copySlices br_1 recent'), 'br_1 is imported');
    await tests.brandRun(world, 'br_1').terminate();
    expect(await failureOf(migration)).toMatchObject({ details: [{ units: { br_1: 'Unexpected' } }] });
    gate.open();
    expect(world.status('br_1')).toBe('recent-messages-failure');
    expect(world.status('br_2')).toBe('all-messages-migrated');
  });

  it.each([
    ['that brought all of its messages', 'none', 'br_1', 'externalWorkflowExecutionSignaledEventAttributes'],
    [
      'that brought these alone',
      'recent-messages-migrated',
      'br_1/remaining',
      'startChildWorkflowExecutionFailedEventAttributes',
    ],
  ] as const)(
    'begins its remaining messages only after the end of an earlier run %s',
    async (_which, status, earlierId, sign) => {
      const world = tests.world().brand('br_1', { status });
      const gate = new Gate();
      holdImports(world, gate, ({ phase }) => phase === 'remaining');
      const remaining = () => world.log.filter((call) => call === 'copySlices br_1 remaining').length;
      const run = (id: string) =>
        tests.client.workflow.getHandle(`${migrationWorkflowId(world.accountId)}/brand:${id}`);
      const migration = await tests.start(world);
      await until(() => remaining() === 1, 'remaining messages are imported');
      const { runId } = await run(earlierId).describe();
      await migration.terminate();

      const again = await tests.start(world);
      await until(async () => {
        const { events } = await again.fetchHistory();
        return events?.some((event) => event[sign]) === true;
      }, 'the new migration has met the earlier run');
      expect(remaining()).toBe(1);
      expect((await run(earlierId).describe()).status.name).toBe('RUNNING');
      gate.open();
      await again.result();
      const earlier = await tests.client.workflow.getHandle(run(earlierId).workflowId, runId).describe();
      const later = await run('br_1/remaining').describe();
      expect(earlier.status.name).toBe('CANCELLED');
      expect(later.startTime.getTime()).toBeGreaterThanOrEqual(earlier.closeTime!.getTime());
      expect(remaining()).toBe(2);
      expect(world.status('br_1')).toBe('all-messages-migrated');
    },
  );

  it('waits for the end of a run that an earlier migration has left', async () => {
    const world = tests.world().brand('br_1');
    const gate = new Gate();
    world.script('copySlices', async (_input, usual) => {
      if (world.times('copySlices') === 1) await gate.passed;
      return usual();
    });
    const migration = await tests.start(world);
    await until(() => world.times('copySlices') === 1, 'the import runs');
    await migration.terminate();
    const again = await tests.start(world);
    await until(() => world.times('prepareMigration') === 2, 'the account is prepared again');
    gate.open();
    await again.result();
    expect(world.status('br_1')).toBe('all-messages-migrated');
  });
});

describe('attachments', () => {
  it('that are being fetched end before a failure of their brand does', async () => {
    const world = tests.world().brand('br_1', { attachments: 3 });
    const gate = new Gate();
    let rounds = 0;
    world.script('fetchAttachments', async (_input, usual) => {
      await gate.passed;
      return usual();
    });
    world.script('copySlices', async ({ phase }, usual) => {
      if (phase === 'recent') return usual();
      rounds += 1;
      if (rounds === 1) return progress({ messages: 5 });
      await until(() => world.times('fetchAttachments') === 1, 'attachments are fetched');
      throw failing('SourceRefused', { final: true });
    });
    const migration = await tests.start(world);
    await until(() => world.status('br_1') === 'remaining-messages-failure', 'the brand has failed');
    expect((await tests.brandRun(world, 'br_1').describe()).status.name).toBe('RUNNING');
    gate.open();
    await failureOf(migration);
    expect(world.status('br_1')).toBe('remaining-messages-failure');
  });
});
