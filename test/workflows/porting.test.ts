import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TASK_QUEUES, WORKFLOW_TYPES, portingWorkflowId } from '../../domain/ids.js';
import { type NumberPortingInput, type PortingProgress, SIGNALS } from '../../domain/messages.js';
import type { PortingState, PortingStatus } from '../../domain/porting.js';
import { failureOf, rounded, type TimeSkippingTests, timeSkippingTests, until } from './environment.js';
import { failing, type FakeWorld, Gate } from './fakes.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let tests: TimeSkippingTests;
beforeAll(async () => {
  tests = await timeSkippingTests();
});
afterAll(() => tests.close());

async function follow(world: FakeWorld): Promise<WorkflowHandleWithFirstExecutionRunId> {
  const input: NumberPortingInput = {
    accountId: world.accountId,
    channelId: 'ch_1',
    pollSeconds: world.pollSeconds,
  };
  return await tests.client.workflow.start(WORKFLOW_TYPES.porting, {
    workflowId: portingWorkflowId(world.accountId, 'ch_1'),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    taskQueue: TASK_QUEUES.workflows,
    args: [input],
  });
}

/** Said long after anything that the world's own clock has seen, in the order in which tests say it. */
let said = 0;
function news(status: PortingStatus): PortingState {
  said += 1;
  return { status, at: new Date(Date.UTC(2090, 0, 1) + said * 1000).toISOString() };
}

/** The carrier's answers to being asked, one after the other; the last again and again. */
function answers(world: FakeWorld, ...statuses: PortingStatus[]): void {
  world.script('askPort', (_input, usual) => {
    const status = statuses.length > 1 ? statuses.shift()! : statuses[0];
    return status === undefined ? usual() : news(status);
  });
}

function secondsBetween(world: FakeWorld, name: 'orderPort' | 'askPort'): number[] {
  const times = world.calls.filter((call) => call.name === name).map(({ at }) => at);
  return times.slice(1).map((at, index) => Math.round((at - times[index]!) / 1000));
}

describe('a number porting', () => {
  it('ends when the carrier calls back, days later', async () => {
    const world = tests.world();
    const porting = await follow(world);
    await tests.sleep(2 * DAY);
    await porting.signal(SIGNALS.portingNews, news('foc'));
    await tests.sleep(3 * DAY);
    await porting.signal(SIGNALS.portingNews, news('complete'));
    expect(await porting.result()).toMatchObject({ status: 'complete' });
    expect(world.times('orderPort')).toBe(1);
    expect(world.times('recordPortingNews')).toBe(2);
  });

  it('asks a silent carrier at doubling intervals, at last once a day', async () => {
    const world = tests.world();
    answers(world, ...Array.from({ length: 13 }, () => 'submitted' as const), 'complete');
    const porting = await follow(world);
    await porting.result();
    const ordered = world.calls.find(({ name }) => name === 'orderPort')!.at;
    const asked = world.calls.find(({ name }) => name === 'askPort')!.at;
    const waits = [Math.round((asked - ordered) / 1000), ...secondsBetween(world, 'askPort')];
    const doubling = [300, 600, 1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 76_800];
    const meant = [...doubling, ...Array<number>(5).fill(86_400)];
    expect(rounded(waits, meant)).toEqual(meant);
  });

  it('begins its intervals anew after news', async () => {
    const world = tests.world();
    answers(world, 'submitted', 'submitted', 'submitted', 'complete');
    const porting = await follow(world);
    await tests.sleep(16 * MINUTE);
    expect(world.times('askPort')).toBe(2);
    await porting.signal(SIGNALS.portingNews, news('foc'));
    await until(() => world.times('recordPortingNews') === 1, 'the news are recorded');
    await porting.result();
    const recorded = world.calls.find(({ name }) => name === 'recordPortingNews')!.at;
    const after = world.calls.filter(({ name, at }) => name === 'askPort' && at > recorded);
    const waits = after.map(({ at }) => Math.round((at - recorded) / 1000));
    expect(rounded(waits, [300, 900])).toEqual([300, 900]);
  });

  it('keeps news that come before the order is placed, and records them in order', async () => {
    const world = tests.world();
    const placing = new Gate();
    world.script('orderPort', async (_input, usual) => {
      await placing.passed;
      return usual();
    });
    const porting = await follow(world);
    await until(() => world.times('orderPort') === 1, 'the order is being placed');
    const told = [news('foc'), news('exception'), news('complete')];
    for (const word of told) await porting.signal(SIGNALS.portingNews, word);
    placing.open();
    expect(await porting.result()).toEqual(told[2]);
    const recorded = world.calls.filter(({ name }) => name === 'recordPortingNews');
    expect(recorded.map(({ input }) => (input as unknown as { news: PortingState }).news)).toEqual(told);
    expect(world.times('askPort')).toBe(0);
  });

  it('hears a signal that comes with its start', async () => {
    const world = tests.world();
    const input: NumberPortingInput = { accountId: world.accountId, channelId: 'ch_1', pollSeconds: 300 };
    const porting = await tests.client.workflow.signalWithStart(WORKFLOW_TYPES.porting, {
      workflowId: portingWorkflowId(world.accountId, 'ch_1'),
      taskQueue: TASK_QUEUES.workflows,
      args: [input],
      signal: SIGNALS.portingNews,
      signalArgs: [news('complete')],
    });
    expect(await porting.result()).toMatchObject({ status: 'complete' });
    expect(world.log).toEqual(['orderPort ch_1', 'recordPortingNews ch_1']);
  });

  it('goes on waiting after an exception, until somebody at the carrier has mended it', async () => {
    const world = tests.world();
    const porting = await follow(world);
    await tests.sleep(MINUTE);
    await porting.signal(SIGNALS.portingNews, news('exception'));
    await tests.sleep(10 * DAY);
    expect((await porting.describe()).status.name).toBe('RUNNING');
    await porting.signal(SIGNALS.portingNews, news('complete'));
    expect(await porting.result()).toMatchObject({ status: 'complete' });
  });

  it('follows the store when it settles news otherwise than they say', async () => {
    const world = tests.world();
    const porting = await follow(world);
    await tests.sleep(MINUTE);
    await porting.signal(SIGNALS.portingNews, news('foc'));
    await until(() => world.ports.get('ch_1')?.status === 'foc', 'the news are recorded');
    await porting.signal(SIGNALS.portingNews, { status: 'submitted', at: '2020-01-01T00:00:00.000Z' });
    await until(() => world.times('recordPortingNews') === 2, 'the late news are recorded');
    expect(await porting.query('progress')).toMatchObject({ status: 'foc' });
    await porting.signal(SIGNALS.portingNews, news('complete'));
    await porting.result();
  });

  it.each(['refused', 'cancelled'] as const)(
    'that is %s fails, and may be followed again',
    async (status) => {
      const world = tests.world();
      world.script('orderPort', () => news(status));
      const porting = await follow(world);
      expect(await failureOf(porting)).toMatchObject({ type: 'CarrierRefused' });
      expect(world.log).toEqual(['orderPort ch_1']);

      world.script('orderPort', () => news('complete'));
      expect(await (await follow(world)).result()).toMatchObject({ status: 'complete' });
    },
  );

  it('that is complete is never followed again', async () => {
    const world = tests.world();
    world.script('orderPort', () => news('complete'));
    await (await follow(world)).result();
    await expect(follow(world)).rejects.toThrow(WorkflowExecutionAlreadyStartedError);
    expect(world.times('orderPort')).toBe(1);
  });

  it('tries for days to place an order, at growing intervals up to an hour', async () => {
    const world = tests.world();
    let tries = 0;
    world.script('orderPort', () => {
      tries += 1;
      if (tries <= 100) throw failing('CarrierUnavailable');
      return news('complete');
    });
    const porting = await follow(world);
    await porting.result();
    expect(world.times('orderPort')).toBe(101);
    // The test server stamps a try with the moment in which it was decided, which is the end of the one before.
    const between = secondsBetween(world, 'orderPort').slice(1);
    const meant = [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, ...Array<number>(89).fill(3_600)];
    expect(rounded(between, meant)).toEqual(meant);
    const { at } = world.calls.at(-1)!;
    expect(at - world.calls[0]!.at).toBeGreaterThan(3 * DAY);
  });

  it('that cannot go on says why in a known word, and may be followed again', async () => {
    const world = tests.world();
    world.script('orderPort', () => {
      throw failing('StoreUnavailable', { final: true });
    });
    expect(await failureOf(await follow(world))).toMatchObject({ type: 'StoreUnavailable' });
    world.script('orderPort', () => news('complete'));
    expect(await (await follow(world)).result()).toMatchObject({ status: 'complete' });
  });

  it('is not disturbed by a signal that means nothing', async () => {
    const world = tests.world();
    const porting = await follow(world);
    await porting.signal(SIGNALS.portingNews, { status: 'soon' });
    await porting.signal(SIGNALS.portingNews, news('complete'));
    await porting.result();
    expect(world.times('recordPortingNews')).toBe(1);
  });

  it('costs few events for three weeks of silence', async () => {
    const world = tests.world();
    answers(world, 'submitted');
    const porting = await follow(world);
    await tests.sleep(21 * DAY);
    expect(world.times('askPort')).toBeLessThan(35);
    expect((await porting.describe()).historyLength).toBeLessThan(400);
    await porting.signal(SIGNALS.portingNews, news('complete'));
    await porting.result();
  });

  it('ends when it is cancelled from outside', async () => {
    const world = tests.world();
    const porting = await follow(world);
    const status = async () => (await porting.query<PortingProgress>('progress')).status;
    await until(async () => (await status()) === 'submitted', 'the order is placed');
    await porting.cancel();
    await expect(porting.result()).rejects.toThrow('cancelled');
  });
});
