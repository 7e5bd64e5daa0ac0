import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { WORKFLOW_TYPES, portingWorkflowId } from '../../domain/conversations/ids.js';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import { PORTING_SIGNALS, type NumberPortingInput } from '../../domain/conversations/messages.js';
import type { PortingState, PortingStatus } from '../../domain/conversations/porting.js';
import { failureOf, retryWaitsOf, type TimeSkippingTests, timeSkippingTests, until } from './environment.js';
import { failing, type FakeWorld, Gate, portOpen } from './fakes.js';
import { forThisFile } from '../support/for-this-file.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let tests: TimeSkippingTests;
forThisFile(timeSkippingTests, (opened) => (tests = opened));

async function follow(world: FakeWorld): Promise<WorkflowHandleWithFirstExecutionRunId> {
  const input: NumberPortingInput = { accountId: world.accountId, channelId: 'ch_1' };
  return await tests.client.workflow.start(WORKFLOW_TYPES.porting, {
    workflowId: portingWorkflowId(world.accountId, 'ch_1'),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    taskQueue: TASK_QUEUES.workflows,
    args: [input],
  });
}

/** Times long after everything on the world's own clock, in the order in which tests use them. */
let said = 0;
function news(status: PortingStatus): PortingState {
  said += 1;
  return { status, at: new Date(Date.UTC(2090, 0, 1) + said * 1000).toISOString() };
}

/** The n-th poll (after the order) returns this; before, the port is open. */
function endsAtAsking(world: FakeWorld, asking: number, status: PortingStatus): void {
  world.script('followPort', (_input, usual) =>
    world.times('followPort') > asking ? news(status) : usual(),
  );
}

/** A busy server may be late, but it makes no attempt before it is due. */
function expectWaits(world: FakeWorld, meant: readonly number[]): void {
  const times = world.calls.filter(({ name }) => name === 'followPort').map(({ at }) => at);
  const waited = times.slice(1).map((at, index) => Math.round((at - times[index]!) / 1_000));
  // The test server stamps a try with the moment in which it was decided, which is the end of the one before.
  const early = waited.slice(1).filter((seconds, index) => seconds < (meant[index] ?? Infinity) - 1);
  expect(early).toEqual([]);
}

/** A callback: first the store is updated, then the workflow is signalled. */
async function callBack(world: FakeWorld, status: PortingStatus): Promise<PortingState> {
  const told = news(status);
  world.ports.set('ch_1', told);
  await tests.porting(world, 'ch_1').signal(PORTING_SIGNALS.portingNews, told);
  return told;
}

const ordered = (world: FakeWorld) => until(() => world.orders.length === 1, 'the order is placed');

describe('a number porting', () => {
  it('ends when the carrier calls back hours later, without a poll', async () => {
    const world = tests.world();
    world.pollSeconds = 86_400;
    const porting = await follow(world);
    await tests.sleep(20 * HOUR);
    const told = await callBack(world, 'complete');
    expect(await porting.result()).toEqual(told);
    expect(world.times('followPort')).toBe(1);
  });

  it('polls a silent carrier at doubling intervals, eventually once a day', async () => {
    const world = tests.world();
    endsAtAsking(world, 15, 'complete');
    await (await follow(world)).result();
    const doubling = [300, 600, 1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 76_800];
    const meant = [...doubling, ...Array<number>(6).fill(86_400)];
    expect(world.delays).toEqual(meant);
    expectWaits(world, meant);
    expect(world.orders).toEqual(['ch_1']);
  });

  it('costs no events for three weeks of silence', async () => {
    const world = tests.world();
    const porting = await follow(world);
    await tests.sleep(21 * DAY);
    expect(world.times('followPort')).toBeGreaterThan(20);
    expect((await porting.describe()).historyLength).toBeLessThan(12);
    await callBack(world, 'complete');
    await porting.result();
  });

  it('keeps waiting after an exception, until the carrier has resolved it', async () => {
    const world = tests.world();
    const porting = await follow(world);
    await ordered(world);
    world.ports.set('ch_1', news('exception'));
    await tests.sleep(10 * DAY);
    expect((await porting.describe()).status.name).toBe('RUNNING');
    await callBack(world, 'complete');
    expect(await porting.result()).toMatchObject({ status: 'complete' });
    expect(world.orders).toEqual(['ch_1']);
  });

  it('reads the store once more after a failure, in case the port was ordered again meanwhile', async () => {
    const world = tests.world();
    const porting = await follow(world);
    await ordered(world);
    const told = news('cancelled');
    await porting.signal(PORTING_SIGNALS.portingNews, told);
    await until(() => world.times('followPort') >= 2, 'the store is asked');
    expect((await porting.describe()).status.name).toBe('RUNNING');
    await callBack(world, 'cancelled');
    expect(await failureOf(porting)).toMatchObject({ type: 'CarrierRefused' });
  });

  it.each(['refused', 'cancelled'] as const)(
    'that is %s fails, and may be followed again',
    async (status) => {
      const world = tests.world();
      world.script('followPort', () => news(status));
      expect(await failureOf(await follow(world))).toMatchObject({ type: 'CarrierRefused' });
      expect(world.log).toEqual(['followPort ch_1']);

      world.script('followPort', () => news('complete'));
      expect(await (await follow(world)).result()).toMatchObject({ status: 'complete' });
    },
  );

  it('that an operator orders again before its run has ended continues in that run', async () => {
    const world = tests.world();
    const ending = new Gate();
    world.script('followPort', async () => {
      if (world.times('followPort') > 1) return news('complete');
      await ending.passed;
      return news('refused');
    });
    const porting = await follow(world);
    await until(() => world.times('followPort') === 1, 'the port is being ordered');
    await porting.signal(PORTING_SIGNALS.orderAgain);
    ending.open();
    expect(await porting.result()).toMatchObject({ status: 'complete' });
  });

  it('that is complete is never followed again', async () => {
    const world = tests.world();
    world.script('followPort', () => news('complete'));
    await (await follow(world)).result();
    await expect(follow(world)).rejects.toThrow(WorkflowExecutionAlreadyStartedError);
    expect(world.times('followPort')).toBe(1);
  });

  it('tries for days to place an order, at growing intervals up to five minutes', async () => {
    const world = tests.world();
    world.script('followPort', () => {
      if (world.times('followPort') <= 100) throw failing('CarrierUnavailable');
      return news('complete');
    });
    const porting = await follow(world);
    await porting.result();
    expect(world.times('followPort')).toBe(101);
    const meant = [5, 10, 20, 40, 80, 160, ...Array<number>(94).fill(300)];
    expect(await retryWaitsOf(porting, 101)).toEqual(meant);
    expectWaits(world, meant);
  });

  it('that cannot continue reports a known reason, and may be followed again', async () => {
    const world = tests.world();
    world.script('followPort', () => {
      throw failing('StoreUnavailable', { final: true });
    });
    expect(await failureOf(await follow(world))).toMatchObject({ type: 'StoreUnavailable' });
    world.script('followPort', () => news('complete'));
    expect(await (await follow(world)).result()).toMatchObject({ status: 'complete' });
  });

  it('ignores an unknown signal', async () => {
    const world = tests.world();
    const porting = await follow(world);
    await ordered(world);
    await porting.signal(PORTING_SIGNALS.portingNews);
    await porting.signal(PORTING_SIGNALS.portingNews, { status: 'soon' });
    await porting.signal(PORTING_SIGNALS.portingNews, news('exception'));
    await callBack(world, 'complete');
    await porting.result();
    expect(world.times('followPort')).toBe(1);
  });

  it('ends when it is cancelled', async () => {
    const world = tests.world();
    const porting = await follow(world);
    await ordered(world);
    await porting.cancel();
    await expect(porting.result()).rejects.toThrow('cancelled');
  });

  // The last one: an attempt that outlives its workflow may keep the test server from skipping time.
  it('that the carrier ends during a poll ends once, whatever the poll returns', async () => {
    const world = tests.world();
    const asking = new Gate();
    world.pollSeconds = 1;
    world.script('followPort', async (_input, usual) => {
      if (world.orders.length === 0) return usual();
      await asking.passed;
      throw portOpen(world, true);
    });
    const porting = await follow(world);
    await until(() => world.times('followPort') === 2, 'the carrier is being asked');
    await callBack(world, 'complete');
    asking.open();
    expect(await porting.result()).toMatchObject({ status: 'complete' });
    expect(world.times('followPort')).toBe(2);
  });
});
