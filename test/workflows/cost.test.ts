import type { WorkflowHandle } from '@temporalio/client';
import type { BrandOwn } from '../../domain/conversations/brand-own.js';
import type { Phase } from '../../domain/conversations/phases.js';
import { describe, expect, it } from 'vitest';
import { type Actions, actionsOf, heartbeatsIn, sumOf } from '../../bench/frame/actions.js';
import { verificationWorkflowId, WORKFLOW_TYPES } from '../../domain/conversations/ids.js';
import { PORTING_SIGNALS } from '../../domain/conversations/messages.js';
import type { PortingState } from '../../domain/conversations/porting.js';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import type { VerificationInput } from '../../domain/engine/verification.js';
import { preflightStart } from '../../gateways/temporal/conversations/preflight.js';
import { devServerTests, until, type WorkflowTests } from './environment.js';
import { type FakeWorld, progress, type VerificationActivities } from './fakes.js';
import { forThisFile } from '../support/for-this-file.js';

/** An account whose following ends. Small turns end in the call that reads them, as the real activities have it. */
const ending = { brands: 1, areSmall: true, roundsOfPass: 1, rounds: 0 };
const verification: VerificationActivities = {
  openVerification: async () => ({
    ...{ running: true, repair: true },
    units: Array.from({ length: ending.brands }, (_, n) => `br_${n}`),
  }),
  async verifyUnits({ finishing }) {
    ending.rounds += 1;
    const finished = ending.rounds % ending.roundsOfPass === 0;
    const progress = { finished, halted: false, records: ending.rounds };
    return finishing && ending.areSmall ? { ...progress, ended: true } : progress;
  },
  finishTurns: async () => undefined,
  endVerification: async () => 'equal',
};

let tests: WorkflowTests;
forThisFile(
  () => devServerTests({ ...verification, preflight: async () => ({}) }),
  (opened) => (tests = opened),
);

const COMPLETE: PortingState = { status: 'complete', at: '2090-01-05T10:00:00.000Z' };

/** Everything that an account has cost, with one callback for each port. */
async function actionsFor(world: FakeWorld): Promise<Actions[]> {
  const migration = await tests.start(world);
  await migration.result();
  const ports = [...world.brands.values()].flatMap((brand) => brand.ports);
  await until(() => world.orders.length === ports.length, 'all ports are ordered');
  for (const channelId of ports) {
    world.ports.set(channelId, COMPLETE);
    await tests.porting(world, channelId).signal(PORTING_SIGNALS.portingNews, COMPLETE);
    await tests.porting(world, channelId).result();
  }
  const runs: WorkflowHandle[] = [
    migration,
    ...[...world.brands.keys()].map((brandId) => tests.brandRun(world, brandId)),
    ...ports.map((channelId) => tests.porting(world, channelId)),
  ];
  return Promise.all(runs.map((run) => actionsOf(run)));
}

const small = (ports: string[] = [], attachments = 0) => tests.world().brand('br_1', { ports, attachments });

/** As `activities/engine/lane.ts` cuts its work. */
const LANE_SECONDS = 120;
const lanesFor = (left: number) => Math.max(1, Math.min(4, Math.ceil(left / 200_000)));

/**
 * Lanes like the real ones: the first ends as soon as more lanes would help, each of the others works for two minutes. Returns how many heartbeats
 * they will have sent.
 */
function asLanes(world: FakeWorld, messages: { recent: number; remaining: number }, perLaneSecond: number) {
  const read = { recent: 0, remaining: 0 };
  const counted = { heartbeats: 0 };
  world.script('copySlices', ({ phase: of }) => {
    const phase = of as Phase;
    const planning = read[phase] === 0 && lanesFor(messages[phase]) > 1;
    const left = messages[phase] - read[phase];
    const taken = Math.min(left, planning ? 5_000 : perLaneSecond * LANE_SECONDS);
    read[phase] += taken;
    counted.heartbeats += heartbeatsIn(taken / perLaneSecond);
    const finished = read[phase] === messages[phase];
    return progress({ finished, lanes: lanesFor(left - taken), messages: read[phase] });
  });
  world.script('completePhase', (_input, usual) => {
    counted.heartbeats += heartbeatsIn(60);
    return usual();
  });
  return counted;
}

/** As the real activities answer for a small account: the preparation has created the channels, and an import of few records has completed the phase. */
function completing(world: FakeWorld): FakeWorld {
  world.script('prepareMigration', async (_input, usual) => {
    const prepared = await usual();
    const own = (unit: string): BrandOwn => ({
      channels: world.known(unit).ports.length > 0 ? 'created' : 'done',
    });
    return { ...prepared, units: prepared.units.map((unit) => ({ ...unit, own: own(unit.unit) })) };
  });
  return world.script('copySlices', async ({ unit: brandId, phase }) => {
    const brand = world.known(brandId);
    brand.status = phase === 'recent' ? 'recent-messages-migrated' : 'all-messages-migrated';
    const completed = { tally: { messages: 20, threads: 2, quarantined: 0 }, beside: brand.attachments };
    return progress({ finished: true, messages: 20, threads: 2, completed });
  });
}

describe('billable actions', () => {
  it('are 8 for an account of a few hundred messages: its start, its brand, three activities, two labels', async () => {
    const world = completing(small());
    expect(await actionsFor(world)).toEqual([
      { start: 1, activity: 1, child: 2, 'search attributes': 2 },
      { activity: 2 },
    ]);
    expect([world.times('provisionBrand'), world.times('completePhase')]).toEqual([0, 0]);
    expect(sumOf(await actionsFor(completing(small([], 5))))).toBe(9);
  });

  it('are 3 more for each of its ports, and one to start them', async () => {
    expect(sumOf(await actionsFor(completing(small(['ch_1']))))).toBe(8 + 1 + 3);
    expect(sumOf(await actionsFor(completing(small(['ch_1', 'ch_2']))))).toBe(8 + 1 + 6);
  });

  it('are at most 11 for an account with many channels and some thousand messages, with attachments too', async () => {
    const actions = await actionsFor(small());
    expect(sumOf(actions)).toBeLessThanOrEqual(11);
    expect(sumOf(await actionsFor(small([], 5)))).toBeLessThanOrEqual(12);
    expect(actions.map(({ timer, retry }) => [timer, retry])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  it('are three more for each port that is ordered and called back: its start, its order, the callback; and one to start all of a brand', async () => {
    const [none, one, three] = await Promise.all(
      [[], ['ch_1'], ['ch_1', 'ch_2', 'ch_3']].map(async (ports) => actionsFor(small(ports))),
    );
    expect(one!.at(-1)).toEqual({ start: 1, activity: 1, signal: 1 });
    expect(sumOf(one!) - sumOf(none!)).toBe(4);
    expect(sumOf(three!) - sumOf(none!)).toBe(10);
  });

  it('are one more for each poll of a silent carrier', async () => {
    const world = small(['ch_1']);
    world.pollSeconds = 1;
    world.script('followPort', (_input, usual) => (world.times('followPort') < 3 ? usual() : COMPLETE));
    await (await tests.start(world)).result();
    await tests.porting(world, 'ch_1').result();
    expect(await actionsOf(tests.porting(world, 'ch_1'))).toEqual({ start: 1, activity: 1, retry: 2 });
  });

  it('are those of a small account for a brand of 12,000 messages', async () => {
    const world = small();
    const counted = asLanes(world, { recent: 2_000, remaining: 10_000 }, 1_500);
    world.unscript('completePhase');
    expect(sumOf(await actionsFor(world)) + counted.heartbeats).toBeLessThanOrEqual(11);
  });

  it.each([
    [1_500, 60],
    [3_000, 40],
    [20_000, 30],
  ])(
    'for one brand of 1,000,000 messages, where a lane brings %s a second, are at most %s with heartbeats and 25 without',
    async (perLaneSecond, most) => {
      const world = small([], 5);
      const counted = asLanes(world, { recent: 150_000, remaining: 850_000 }, perLaneSecond);
      const actions = sumOf(await actionsFor(world));
      expect(counted.heartbeats).toBeGreaterThan(0);
      expect(actions).toBeLessThanOrEqual(25);
      expect(actions + counted.heartbeats).toBeLessThanOrEqual(most);
    },
  );

  it('are two for a preflight: its start and its activity', async () => {
    const { type, options } = preflightStart('acc_asked');
    const run = await tests.client.workflow.start(type, { ...options, taskQueue: TASK_QUEUES.workflows });
    await run.result();
    expect(await actionsOf(run)).toEqual({ start: 1, activity: 1 });
  });

  it('grow with brands, not with messages', async () => {
    const two = sumOf(await actionsFor(tests.world().brand('br_1').brand('br_2')));
    const three = sumOf(await actionsFor(tests.world().brand('br_1').brand('br_2').brand('br_3')));
    expect(three - two).toBeLessThanOrEqual(10);
  });
});

/** Of the streams' two tables: nobody else may have begun to follow them. */
const FOLLOWING_BEGINS = 2;

/** What the last pass of following costs: a verification with repair. */
async function lastPass(of: Partial<typeof ending>): Promise<Actions> {
  Object.assign(ending, { areSmall: true, roundsOfPass: 1, rounds: 0 }, of);
  const accountId = `acc_ending_${JSON.stringify(of)}`;
  const run = await tests.client.workflow.start(WORKFLOW_TYPES.verification, {
    workflowId: verificationWorkflowId(accountId),
    taskQueue: TASK_QUEUES.workflows,
    args: [{ subject: accountId, verificationId: '1' } satisfies VerificationInput],
  });
  await run.result();
  return actionsOf(run);
}

describe('following an account to its end', () => {
  it.each([1, 2, 5])(
    'costs 7 actions more for %s small brands: 2 to begin, 5 for the last pass',
    async (brands) => {
      const actions = await lastPass({ brands });
      expect(actions).toEqual({ start: 1, activity: 4 });
      expect(FOLLOWING_BEGINS + sumOf([actions])).toBe(7);
    },
  );

  it('costs 9 where its brands are too large to be finished in the call that reads them', async () => {
    const actions = await lastPass({ brands: 5, areSmall: false });
    expect(FOLLOWING_BEGINS + sumOf([actions])).toBe(9);
  });

  it('costs one more for each further lane of two minutes in each of both passes, and its heartbeats', async () => {
    const actions = await lastPass({ brands: 5, areSmall: false, roundsOfPass: 3 });
    expect(FOLLOWING_BEGINS + sumOf([actions])).toBe(9 + 2 * 2);
    expect(heartbeatsIn(LANE_SECONDS)).toBe(5);
  });
});
